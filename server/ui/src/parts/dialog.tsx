import { type ReactNode, useEffect, useRef } from 'react';

interface Props {
  label: string;
  title: ReactNode;
  large?: boolean;
  close: () => void;
  children: ReactNode;
}

// A window over the page; Escape closes it, and the focus goes back to where it was.
export function Dialog({ label, title, large = false, close, children }: Props) {
  const dialog = useRef<HTMLDialogElement>(null);
  useEffect(() => dialog.current?.showModal(), []);
  return (
    <dialog ref={dialog} className={large ? 'large' : undefined} onClose={close} aria-label={label}>
      <div className="bar">
        <h2 className="grow">{title}</h2>
        <button type="button" onClick={() => dialog.current?.close()}>
          Close
        </button>
      </div>
      {children}
    </dialog>
  );
}
