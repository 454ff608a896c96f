// What any endpoint below api/v1 wraps its answers in. Used in the worker, too.

export class ApiError extends Error {
  readonly status: number;
  readonly kind: string;

  constructor(status: number, kind: string, message: string) {
    super(message);
    this.status = status;
    this.kind = kind;
  }
}

export interface Envelope {
  status: 'success' | 'error';
  data: unknown;
  errorType?: string;
  error?: string;
  warnings?: string[];
  infos?: string[];
}

// The answer taken apart, or an ApiError.
export async function readAnswer(response: Response): Promise<Envelope> {
  let answer: Envelope;
  try {
    answer = await response.json();
  } catch {
    throw new ApiError(response.status, 'http', `the server answered ${response.status}`);
  }
  if (answer.status !== 'success') {
    throw new ApiError(
      response.status,
      answer.errorType ?? 'error',
      answer.error ?? 'no reason given',
    );
  }
  return answer;
}
