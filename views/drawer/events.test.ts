import { expect, test } from "bun:test";
import { sentence } from "./events.tsx";

test("an edit names its fields as the drawer does", () => {
  const edited = (fields: string[]) => sentence({ kind: "edited", actor: "ann", payload: { fields } });

  expect(edited(["body"])).toBe("edited the description");
  expect(edited(["title", "tenant", "max_runtime_seconds"])).toBe("edited the title, project, max runtime seconds");
});

test("a mention in a text of one's own does not name the author twice", () => {
  const mentioned = (actor: string) =>
    sentence({ kind: "mentioned", actor, payload: { person: "bob", author: "ann", text: "Is it, @bob?" } });

  expect(mentioned("ann")).toBe("mentioned bob");
  expect(mentioned("demo")).toBe("mentioned bob in a text of ann");
});
