/**
 * Whose fault the end of a run is, when it is none of its task: which shared thing, and for how long.
 *
 * The agent's preset says what kind of thing is at fault; here it gets its key. What the profile depended on when the
 * run was started counts: its file may have changed since.
 *
 * @module
 */
import type { HoldKey, SharedFault, WorkerRun } from "../../kernel/mod.ts";
import { dependents, sharingOf } from "../shared.ts";
import { type Dispatcher, type Sharing, watchedRun } from "../state.ts";
import type { End } from "./verdict.ts";

type RunOfProfile = Pick<WorkerRun, "id" | "profile">;

/** A provider that names a later end than this is not believed, in seconds. */
const RETRY_SECONDS_MAX = 86_400;

/** The fault of a shared thing that ended a run, or null when its end is a matter of its task. */
export function faultOf(d: Dispatcher, run: RunOfProfile, end: End): SharedFault | null {
  const { verdict, outcome } = end;
  const told = verdict?.fault;
  if (outcome === "completed" || (told === undefined && outcome !== "rate_limited")) return null;
  const { needs, fingerprint } = sharingWith(d, run);
  // A program without a preset says by its exit status that it is its account's turn to wait.
  const kind = told?.on ?? "account";
  const on = needs.find((need) => need.kind === kind) ?? needs[0]!;
  const seconds = told?.retry_seconds ?? verdict?.retry_seconds;
  const known = seconds !== undefined && Number.isFinite(seconds) && seconds > 0;
  return {
    on,
    reason: verdict?.error ?? (isLimit(end) ? "the worker was rate limited" : "it did not say why"),
    permanent: told?.permanent ?? false,
    until: known ? d.board.now() + Math.min(RETRY_SECONDS_MAX, seconds) * 1_000 : null,
    ...(isLimit(end) && !known ? { pauseMs: Math.max(1, d.settings.rate_limit_seconds) * 1_000 } : {}),
    proof: verdict === null ? "end" : "call",
    fingerprint,
    profile: run.profile ?? "",
    profiles: dependents(d, on),
  };
}

/** A fault of an account that ends by itself is its limit, also of a run that was ended while it waited for that. */
export function isLimit({ outcome, verdict }: End): boolean {
  return outcome === "rate_limited" || (verdict?.fault?.on === "account" && !verdict.fault.permanent);
}

/** The fault of a shared thing that kept a run from being started: it lasts until that changes. */
export function startFault(
  d: Dispatcher,
  run: RunOfProfile,
  { on, reason }: { on: HoldKey; reason: string },
): SharedFault {
  const { fingerprint } = sharingWith(d, run);
  const profiles = dependents(d, on);
  return { on, reason, permanent: true, proof: "start", fingerprint, profile: run.profile ?? "", profiles };
}

function sharingWith(d: Dispatcher, run: RunOfProfile): Sharing {
  const known = watchedRun(d, run).sharing;
  if (known !== null) return known;
  const profile = d.profiles().profiles.find(({ name }) => name === run.profile);
  if (profile !== undefined) return sharingOf(d, profile);
  return { needs: [{ kind: "profile", key: run.profile ?? "" }], fingerprint: "" };
}
