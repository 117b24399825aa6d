/**
 * The errors of OpenAI, which both of its protocols share.
 *
 * @module
 */
import { json, type Refusal, type Refused } from "./dialect.ts";

const REFUSALS: Readonly<Record<Refusal, Refused & { type: string; code: string | null }>> = {
  dead_key: {
    status: 401,
    type: "invalid_request_error",
    code: "invalid_api_key",
    message:
      "Incorrect API key provided: dummy. You can find your API key at https://platform.openai.com/account/api-keys.",
  },
  limit: {
    status: 429,
    type: "requests",
    code: "rate_limit_exceeded",
    message:
      "Rate limit reached for sim-model in organization org-sim on requests per min (RPM): Limit 3, Used 3, Requested 1. Please try again in 20s. Visit https://platform.openai.com/account/rate-limits to learn more.",
  },
  outage: {
    status: 500,
    type: "server_error",
    code: null,
    message: "The server had an error while processing your request. Sorry about that!",
  },
  overloaded: {
    status: 503,
    type: "server_error",
    code: null,
    message: "The engine is currently overloaded, please try again later",
  },
  too_long: {
    status: 400,
    type: "invalid_request_error",
    code: "context_length_exceeded",
    message:
      "This model's maximum context length is 200000 tokens. However, your messages resulted in 250000 tokens. Please reduce the length of the messages.",
  },
};

export function refuse(refusal: Refusal): Response {
  const { status, ...error } = REFUSALS[refusal];
  return json(status, { error: { ...error, param: null } });
}
