// An error of the last request, and what stands there until the first is answered.
export function Notices({ of }: { of: { data?: unknown; error?: string }[] }) {
  const error = of.find((one) => one.error)?.error;
  if (error) {
    return (
      <p className="error" role="alert">
        {error}
      </p>
    );
  }
  return of.some((one) => one.data === undefined) ? <p className="empty">Loading …</p> : null;
}
