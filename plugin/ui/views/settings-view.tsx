/** Language, server, and whether the two can work together. */
import { Button, Textbox } from '@create-figma-plugin/ui';
import { useId, useState } from 'preact/hooks';
import { MAX_VARIANTS } from '../../../shared/limits.js';
import type { Settings } from '../../messages.js';
import { completeAddress } from '../client/complete-address.js';
import { DoctorList } from './doctor-list.js';
import { Choice, Count, Line } from './fields.js';
import styles from './fields.module.css';
import { usePanel } from './panel-context.js';
import shell from './shell.module.css';
import { SideView } from './side-view.js';
import { plainButton } from './plain-button.js';

export function SettingsView() {
  const { panel, state, say } = usePanel();
  const { settings } = state;
  const [server, setServer] = useState(settings.server);
  const [key, setKey] = useState(settings.key);
  const save = (change: Partial<Settings>) => panel.saveSettings(change);

  const check = () => {
    const whole = completeAddress(server);
    setServer(whole);
    save({ server: whole, key: key.trim() });
    void panel.check();
  };
  const checkOnEnter = (event: KeyboardEvent) => {
    if (event.key === 'Enter') check();
  };
  const keep = () => {
    if (completeAddress(server) !== settings.server || key.trim() !== settings.key) check();
  };

  return (
    <SideView title={say('settings.title')}>
      <div class={shell.stack}>
        <h2>{say('doctor.title')}</h2>
        <TextLine
          label={say('settings.server')}
          value={server}
          onValue={setServer}
          onKeyDown={checkOnEnter}
          onBlur={keep}
        />
        <TextLine
          label={say('settings.key')}
          value={key}
          secret
          about={say('settings.key-about')}
          onValue={setKey}
          onKeyDown={checkOnEnter}
          onBlur={keep}
        />
        <DoctorList />
        <Button {...plainButton} secondary fullWidth loading={state.checking} onClick={check}>
          {say(state.checking ? 'doctor.checking' : 'doctor.check')}
        </Button>
        <h2 style={{ marginTop: 8 }}>{say('settings.title')}</h2>
        <Line label={say('settings.language')}>
          <Choice
            label={say('settings.language')}
            value={settings.language}
            options={[
              { value: 'auto', text: say('settings.language-auto') },
              { value: 'en', text: 'English' },
              { value: 'zh', text: '中文' },
            ]}
            onValue={(language) => save({ language })}
          />
        </Line>
        <Count
          label={say('settings.variants')}
          value={settings.variants}
          least={1}
          most={MAX_VARIANTS}
          onValue={(variants) => {
            save({ variants });
            panel.set({ variants });
          }}
        />
      </div>
    </SideView>
  );
}

type TextLineProps = {
  label: string;
  value: string;
  secret?: boolean;
  about?: string;
  onValue: (value: string) => void;
  onKeyDown: (event: KeyboardEvent) => void;
  onBlur: () => void;
};

function TextLine({ label, value, secret = false, about, onValue, onKeyDown, onBlur }: TextLineProps) {
  const id = useId();
  return (
    <div class={`${shell.tight} ${styles.box}`}>
      <label class={styles.label} for={id}>
        {label}
      </label>
      <Textbox
        id={id}
        value={value}
        password={secret}
        {...{ autocomplete: 'off' }}
        {...(about === undefined ? {} : { 'aria-describedby': `${id}-about` })}
        onValueInput={onValue}
        onKeyDown={onKeyDown}
        onBlur={onBlur}
      />
      {about !== undefined && (
        <p id={`${id}-about`} class={shell.quiet}>
          {about}
        </p>
      )}
    </div>
  );
}
