/**
 * The clock of the day, for the programs of a worker: it is loaded before each of them.
 *
 * It stands in a file that the suite moves, so that a worker's calls to the board carry the day's time.
 *
 * @module
 */
import { readFileSync } from "node:fs";

const file = process.env["DAY_CLOCK"];
if (file !== undefined) Date.now = () => Number(readFileSync(file, "utf8"));
