/** Labelled controls out of the library's: what it leaves to its users are names for screen readers, and groups. */
import { RangeSlider, SegmentedControl, TextboxMultiline, TextboxNumeric } from '@create-figma-plugin/ui';
import type { ComponentChildren } from 'preact';
import { useEffect, useId, useState } from 'preact/hooks';
import { MAX_PROMPT } from '../../../shared/limits.js';
import styles from './fields.module.css';
import shell from './shell.module.css';
import { usePanel } from './panel-context.js';

export function Line({ label, children }: { label: string; children: ComponentChildren }) {
  return (
    <div class={styles.line}>
      <span class={styles.label}>{label}</span>
      {children}
    </div>
  );
}

type SliderProps = {
  label: string;
  value: number;
  least: number;
  most: number;
  step: number;
  /** The value as it is shown and read out. */
  shown: string;
  onValue: (value: number) => void;
};

export function Slider({ label, value, least, most, step, shown, onValue }: SliderProps) {
  return (
    <Line label={label}>
      <div class={styles.slider}>
        <RangeSlider
          aria-label={label}
          aria-valuetext={shown}
          minimum={least}
          maximum={most}
          increment={step}
          value={String(value)}
          onNumericValueInput={onValue}
        />
        <span class={styles.value} aria-hidden="true">
          {shown}
        </span>
      </div>
    </Line>
  );
}

/** 0-1, in per cent. */
export function Share(props: Pick<SliderProps, 'label' | 'value' | 'onValue'> & { least?: number }) {
  const { say } = usePanel();
  const shown = say('field.percent', { n: Math.round(100 * props.value) });
  return <Slider step={0.05} most={1} shown={shown} {...props} least={props.least ?? 0} />;
}

type ChoiceProps<T extends string> = {
  label: string;
  value: T;
  options: readonly { value: T; text: ComponentChildren; name?: string }[];
  /** Segments as wide as their words, instead of all alike. */
  wide?: boolean;
  onValue: (value: T) => void;
};

export function Choice<T extends string>({ label, value, options, wide, onValue }: ChoiceProps<T>) {
  const name = useId();
  return (
    <div class={`${styles.segments} ${wide ? styles.wide : ''}`} role="radiogroup" aria-label={label}>
      <SegmentedControl
        {...{ name }}
        value={value}
        options={options.map((option) => ({ value: option.value, children: option.text }))}
        onValueChange={(given) => {
          const found = options.find((option) => option.value === given);
          if (found) onValue(found.value);
        }}
      />
    </div>
  );
}

type CountProps = { label: string; value: number; least: number; most: number; onValue: (value: number) => void };

export function Count({ label, value, least, most, onValue }: CountProps) {
  const numbers = Array.from({ length: most - least + 1 }, (_, n) => String(least + n));
  const options = numbers.map((text) => ({ value: text, text }));
  return (
    <Line label={label}>
      <Choice label={label} value={String(value)} options={options} onValue={(text) => onValue(Number(text))} />
    </Line>
  );
}

type NumberBoxProps = {
  label: string;
  value: number | null;
  least: number;
  most: number;
  whole?: boolean;
  placeholder?: string;
  suffix?: string;
  /** null where it was emptied. */
  onValue: (value: number | null) => void;
};

/** Holds what is being typed by itself, so that `1.` doesn't become `1` under the typist's hands. */
export function NumberBox({ label, value, least, most, whole = false, placeholder, suffix, onValue }: NumberBoxProps) {
  const shown = value === null ? '' : `${value}${suffix ?? ''}`;
  const [typed, setTyped] = useState(shown);
  const [focused, setFocused] = useState(false);
  useEffect(() => {
    if (!focused) setTyped(shown);
  }, [shown, focused]);
  return (
    <div class={styles.box}>
      <TextboxNumeric
        aria-label={label}
        value={focused ? typed : shown}
        minimum={least}
        maximum={most}
        integer={whole}
        incrementSmall={whole ? 1 : 0.1}
        {...(placeholder === undefined ? {} : { placeholder })}
        {...(suffix === undefined ? {} : { suffix })}
        onFocus={() => setFocused(true)}
        onBlur={() => setFocused(false)}
        onValueInput={setTyped}
        onNumericValueInput={(number) => {
          // the library says null of an emptied box, whatever its types say
          const given: number | null = number;
          if (given === null) onValue(null);
          else if (Number.isFinite(given)) onValue(Math.min(most, Math.max(least, whole ? Math.round(given) : given)));
        }}
      />
    </div>
  );
}

export function NumberLine(props: NumberBoxProps) {
  return (
    <Line label={props.label}>
      <NumberBox {...props} />
    </Line>
  );
}

type WordsProps = {
  label: string;
  placeholder: string;
  value: string;
  /** Said under the field. */
  hint: string | undefined;
  onValue: (value: string) => void;
};

export function Words({ label, placeholder, value, hint, onValue }: WordsProps) {
  const id = useId();
  return (
    <div class={styles.words}>
      <label class={styles.label} for={id} style={{ marginBottom: 4 }}>
        {label}
      </label>
      <TextboxMultiline
        id={id}
        value={value}
        rows={3}
        {...{ maxLength: MAX_PROMPT }}
        {...(hint === undefined ? {} : { 'aria-describedby': `${id}-hint` })}
        placeholder={placeholder}
        spellCheck
        onValueInput={onValue}
      />
      {hint !== undefined && (
        <p id={`${id}-hint`} class={shell.quiet} style={{ marginTop: 4 }}>
          {hint}
        </p>
      )}
    </div>
  );
}
