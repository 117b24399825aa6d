/**
 * The checks of `doctor`: each looks at one thing and says what it found, and what to do about it.
 *
 * Errors keep the board from working; warnings wait for a person. A check that cannot be made is a
 * finding itself, and the others go on.
 *
 * @module
 */
import { KanbanError } from "../../kernel/mod.ts";
import {
  checkCopies,
  checkDatabase,
  checkDispatcher,
  checkHolds,
  checkNotifications,
  checkTasks,
  checkWal,
} from "./checkup_board.ts";
import {
  checkConfig,
  checkFileSystem,
  checkGitProgram,
  checkHome,
  checkProfiles,
  checkRunFiles,
  checkServers,
  checkWorkspaces,
} from "./checkup_home.ts";
import { failure, type Finding, type Patient } from "./finding.ts";

/** A finding and the check it comes from. */
export type Checked = Finding & { check: string };

type Check = (patient: Patient) => Finding[] | Promise<Finding[]>;

/** In this order: opening the board repairs some of what the first ones look at. */
const FILE_CHECKS: Readonly<Record<string, Check>> = {
  home: checkHome,
  "file system": checkFileSystem,
  config: checkConfig,
  database: checkDatabase,
};
const BOARD_CHECKS: Readonly<Record<string, Check>> = {
  copies: checkCopies,
  wal: checkWal,
  "run files": checkRunFiles,
  dispatcher: checkDispatcher,
  "web board": checkServers,
  holds: checkHolds,
  profiles: checkProfiles,
  tasks: checkTasks,
  git: checkGitProgram,
  workspaces: checkWorkspaces,
  notifications: checkNotifications,
};

/** Makes every check. Those of a board that cannot be opened are left out. */
export async function checkUp(patient: Patient): Promise<Checked[]> {
  const found = await runChecks(FILE_CHECKS, patient);
  try {
    void patient.board;
  } catch {
    return found; // The check of the database has told why.
  }
  return [...found, ...(await runChecks(BOARD_CHECKS, patient))];
}

async function runChecks(checks: Readonly<Record<string, Check>>, patient: Patient): Promise<Checked[]> {
  const found: Checked[] = [];
  for (const [check, look] of Object.entries(checks)) {
    try {
      found.push(...(await look(patient)).map((finding) => ({ check, ...finding })));
    } catch (error) {
      if (!(error instanceof KanbanError)) throw error;
      found.push({ check, ...failure(error.message, error.hint ?? "Try again") });
    }
  }
  return found;
}
