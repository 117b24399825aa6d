import { expect, test } from "bun:test";
import { agents } from "./agents.ts";

// What the programs' own documentation names for accounts that are no key of the provider.
test.each([
  ["claude", "Bedrock", ["CLAUDE_CODE_USE_BEDROCK", "AWS_REGION", "AWS_PROFILE", "AWS_BEARER_TOKEN_BEDROCK"]],
  ["claude", "Vertex", ["CLAUDE_CODE_USE_VERTEX", "ANTHROPIC_VERTEX_PROJECT_ID", "CLOUD_ML_REGION"]],
  ["claude", "another address and model", ["ANTHROPIC_BASE_URL", "ANTHROPIC_MODEL"]],
  ["gemini", "Vertex", ["GOOGLE_CLOUD_LOCATION", "GOOGLE_APPLICATION_CREDENTIALS", "GOOGLE_CLOUD_PROJECT"]],
  ["gemini", "Code Assist, another address", ["GOOGLE_GENAI_USE_GCA", "GOOGLE_GEMINI_BASE_URL"]],
  ["copilot", "a provider of one's own", ["COPILOT_PROVIDER_BASE_URL", "COPILOT_PROVIDER_API_KEY", "COPILOT_MODEL"]],
  ["copilot", "GitHub Enterprise", ["GH_HOST"]],
] as const)("%s is lent the variables of an account by %s [N11]", (agent, _, names) => {
  const profile = { agent, options: {} };

  expect(agents.uses(profile)!.accounts).toEqual(expect.arrayContaining([...names]));
});
