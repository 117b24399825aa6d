/**
 * Variables that give git the user's configuration back, in a shell that hides it but keeps these.
 *
 * Gemini's shell points git at no configuration but the repository's, and puts its own settings after the ones
 * that were there. Without a name and an address a worker's commit fails, and a model that helps itself invents them.
 *
 * @module
 */

/** A later file wins over an earlier one, as with git itself; one that is not there is passed over. */
export const OWN_GIT_CONFIG = {
  GIT_CONFIG_COUNT: "2",
  ...{ GIT_CONFIG_KEY_0: "include.path", GIT_CONFIG_VALUE_0: "~/.config/git/config" },
  ...{ GIT_CONFIG_KEY_1: "include.path", GIT_CONFIG_VALUE_1: "~/.gitconfig" },
};
