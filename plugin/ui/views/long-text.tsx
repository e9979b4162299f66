/** Text of whatever length: its first lines, and the rest where somebody asks for it. */
import { useLayoutEffect, useRef, useState } from 'preact/hooks';
import styles from './long-text.module.css';
import { usePanel } from './panel-context.js';

export function LongText({ text, look = '' }: { text: string; look?: string | undefined }) {
  const { say } = usePanel();
  const [open, setOpen] = useState(false);
  const [isLong, setIsLong] = useState(false);
  const shown = useRef<HTMLParagraphElement>(null);
  useLayoutEffect(() => {
    const { current } = shown;
    if (current && !open) setIsLong(current.scrollHeight > current.clientHeight);
  }, [text, open]);
  return (
    <div>
      <p ref={shown} class={`${styles.text} ${open ? '' : styles.cut} ${look}`}>
        {text}
      </p>
      {isLong && (
        <button type="button" class={styles.more} aria-expanded={open} onClick={() => setOpen(!open)}>
          {say(open ? 'text.less' : 'text.all')}
        </button>
      )}
    </div>
  );
}
