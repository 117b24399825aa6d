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
  readonly #foreign = new Set<string>();

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

  /** Says that the file in a home's place for a board is none, so that no promise of a board is asked of it. */
  foreign({ home }: Place): void {
    this.#foreign.add(home.db);
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
    const files = new Set(this.#places.map(({ home }) => home.db));
    const boards = [...files].filter((path) => existsSync(path) && !this.#foreign.has(path));
    return [...inMemory, ...boards.flatMap(judge)];
  }
}

function judge(path: string): string[] {
  try {
    return violationsIn(path);
  } catch (error) {
    return [`the board at ${path} cannot be judged: ${String(error)}`];
  }
}
