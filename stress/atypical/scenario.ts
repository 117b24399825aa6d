/**
 * A scenario: an odd input or environment with a name, and what it gets to play with.
 *
 * @module
 */
import { existsSync, mkdirSync } from "node:fs";
import { join } from "node:path";
import { testBoard, type TestBoard } from "../../src/testing/mod.ts";
import { forget, violations, violationsIn } from "../invariants.ts";
import { type Place, placeAt, type Server, startServer, stop } from "../program.ts";

export interface Scenario {
  name: string;
  /** Throws when the product does not do what it must. */
  run(stage: Stage): void | Promise<void>;
}

/** This machine, or this user, cannot play the scenario. */
export class Skip extends Error {}

/** Boards and homes of one scenario; all of them are judged when it is over. */
export class Stage {
  readonly #boards: TestBoard[] = [];
  readonly #places: Place[] = [];
  readonly #servers: Server[] = [];

  constructor(readonly dir: string) {}

  /** A board in memory with a clock that is moved by hand. */
  board(): TestBoard {
    const made = testBoard();
    this.#boards.push(made);
    return made;
  }

  /** A home in a folder of this name; nothing is created in it yet. */
  place(name = "home", more: Record<string, string> = {}): Place {
    const place = placeAt(join(this.dir, name), more);
    this.#places.push(place);
    return place;
  }

  /** A folder beside the homes. */
  folder(name: string): string {
    const path = join(this.dir, name);
    mkdirSync(path, { recursive: true });
    return path;
  }

  /** A web server over a home; it ends with the scenario. */
  async server(place: Place): Promise<Server> {
    const server = await startServer(place);
    this.#servers.push(server);
    return server;
  }

  /** Ends what was started and returns every broken promise of every board. */
  async finish(): Promise<string[]> {
    for (const server of this.#servers) await stop(server);
    const inMemory = this.#boards.flatMap(({ board }) => {
      const found = violations(board.db, { deep: true });
      forget(board.db);
      return found;
    });
    const onDisk = this.#places.filter(({ home }) => existsSync(home.db)).flatMap(({ home }) => judge(home.db));
    return [...inMemory, ...onDisk];
  }
}

/** Files that are no boards are part of some scenarios. */
function judge(path: string): string[] {
  try {
    return violationsIn(path);
  } catch (error) {
    if (/not a database|no such table|unable to open|malformed|disk I\/O/.test(String(error))) return [];
    throw error;
  }
}
