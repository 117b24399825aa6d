/**
 * One process of the scale suite: fills one board.
 *
 * @module
 */
import { contest } from "../harness.ts";
import { fill } from "./fill.ts";

contest(({ path, n }: { path: string; n: number }) => () => {
  fill(path, n, (progress) => console.error(`  scale: ${progress}`));
  return n;
});
