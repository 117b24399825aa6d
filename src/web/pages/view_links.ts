/**
 * The saved views of a person, each with how many tasks it shows.
 *
 * @module
 */
import type { ViewLink } from "../../../views/shell/view_list.tsx";
import { type Board, filterAt, listViews, parseFilterQuery, statusesIn, viewCount } from "../../kernel/mod.ts";

/** The views of a person with their counts; those that would read tasks are counted only when one is `patient`. */
export function viewLinks(board: Board, me: string, { patient }: { patient: boolean }): ViewLink[] {
  const now = board.now();
  return listViews(board, me).map((view) => {
    const query = parseFilterQuery(new URLSearchParams(view.query));
    const counted = { filter: filterAt(query, now), statuses: statusesIn(query) };
    return { ...view, mine: view.owner === me, n: viewCount(board, counted, { patient }) };
  });
}
