import { type Ref, useEffect, useImperativeHandle, useRef, useState } from 'react';
import { flushSync } from 'react-dom';
import type { Editor, EditorEvents } from './editor_view';

export interface EditorHandle {
  setText: (text: string) => void;
  focus: () => void;
}

interface Props {
  text: string;
  label: string;
  events: EditorEvents;
  focused: boolean;
  ref: Ref<EditorHandle>;
}

// A plain field until the editor is loaded, and where it cannot be.
export function QueryEditor({ text, label, events, focused, ref }: Props) {
  const host = useRef<HTMLDivElement>(null);
  const field = useRef<HTMLTextAreaElement>(null);
  const editor = useRef<Editor | undefined>(undefined);
  const [loaded, setLoaded] = useState(false);
  const latest = useRef(events);
  latest.current = events;

  useEffect(() => {
    let gone = false;
    import('./editor_view').then(
      ({ makeEditor }) => {
        if (gone || !host.current || !field.current) return;
        const hadFocus = document.activeElement === field.current;
        editor.current = makeEditor(host.current, field.current.value, label, {
          change: (value) => latest.current.change(value),
          run: () => latest.current.run(),
          format: () => latest.current.format(),
        });
        flushSync(() => setLoaded(true)); // what is hidden takes no focus
        if (hadFocus) editor.current.focus();
      },
      () => undefined,
    );
    return () => {
      gone = true;
      editor.current?.destroy();
      editor.current = undefined;
    };
  }, [label]);

  useImperativeHandle(ref, () => ({
    setText: (value) => {
      if (editor.current) editor.current.setText(value);
      else if (field.current) field.current.value = value;
    },
    focus: () => (editor.current ?? field.current)?.focus(),
  }));

  return (
    <div className="editor">
      <div ref={host} className="editor-host" hidden={!loaded} />
      {!loaded && (
        <textarea
          ref={field}
          aria-label={label}
          defaultValue={text}
          rows={1}
          spellCheck={false}
          // biome-ignore lint/a11y/noAutofocus: the page is for typing a query
          autoFocus={focused}
          onChange={(event) => events.change(event.target.value)}
          onKeyDown={(event) => {
            if (event.key !== 'Enter' || event.shiftKey) return;
            event.preventDefault();
            events.run();
          }}
        />
      )}
    </div>
  );
}
