/**
 * One process of the scale suite: fills one board.
 *
 * @module
 */
import { contest } from "../harness.ts";
import { fill } from "./fill.ts";

/** What to fill. */
export interface FillerInput {
  path: string;
  n: number;
  bodyBytes: number | null;
}

contest(({ path, n, bodyBytes }: FillerInput) => () => {
  fill(path, n, { bodyBytes, say: (progress) => console.error(`  scale: ${progress}`) });
  return n;
});
