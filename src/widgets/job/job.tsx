/** A run as its user sees it. */

import type { ReadonlySignal } from '@preact/signals';
import { useRef } from 'preact/hooks';
import type { IJob } from '../../model/job';
import { Failure } from '../alert';
import { PLEAS, type Cancelling } from './cancelling';
import { Picture } from './picture';
import {
  amountDone,
  duration,
  isAlive,
  pace,
  percent,
  stateText
} from './words';

interface IProps {
  job: ReadonlySignal<IJob | null>;
  pixels: ReadonlySignal<Float32Array>;
  /** The kernel is not there any more. */
  gone: ReadonlySignal<boolean>;
  cancelling: Cancelling;
}

export function Job({ job, pixels, gone, cancelling }: IProps) {
  const root = useRef<HTMLElement>(null);
  const { value: now } = job;
  if (!now) {
    return null;
  }
  const alive = isAlive(now) && !gone.value;
  return (
    <section
      ref={root}
      class="usid-job"
      role="region"
      aria-label={`Run of ${now.tool}`}
      data-state={gone.value && isAlive(now) ? 'gone' : now.state}
    >
      <div class="usid-job-body">
        <header class="usid-job-header">
          <div class="usid-job-title">
            <b>{now.tool}</b>
            <span class="usid-quiet" title={now.source}>
              {now.file} {now.source}
            </span>
          </div>
          {alive && (
            <button
              type="button"
              class="usid-button usid-job-cancel"
              disabled={now.stopping}
              onClick={() => root.current && cancelling.cancel(root.current)}
            >
              Cancel
            </button>
          )}
        </header>
        <Bar job={now} />
        <Facts job={now} alive={alive} />
        <Remarks job={now} plea={alive ? PLEAS[cancelling.plea.value] : ''} />
        {gone.value && isAlive(now) && <Gone />}
        {now.failure && <Failure failure={now.failure} />}
        {now.results.length > 0 && <Results job={now} />}
      </div>
      {now.map && (alive || now.map.limits) && (
        <Picture map={now.map} pixels={pixels.value} />
      )}
    </section>
  );
}

function Bar({ job }: { job: IJob }) {
  const done = percent(job);
  return (
    <div
      class="usid-job-bar"
      role="progressbar"
      aria-label="Progress"
      aria-valuemin={0}
      aria-valuemax={100}
      aria-valuenow={done}
      aria-valuetext={`${done} %, ${amountDone(job)}`}
    >
      <i style={{ width: `${done}%` }} />
    </div>
  );
}

function Facts({ job, alive }: { job: IJob; alive: boolean }) {
  const { rate, remaining, state } = job;
  const running = alive && state === 'running' && !job.stopping;
  return (
    <dl class="usid-job-facts">
      <Fact name="State" value={stateText(job)} strong />
      <Fact name="Done" value={amountDone(job)} />
      <Fact name="Rate" value={running ? pace(rate) : ''} />
      <Fact
        name="Time left"
        value={running && remaining !== null ? duration(remaining) : ''}
      />
    </dl>
  );
}

function Fact({
  name,
  value,
  strong
}: {
  name: string;
  value: string;
  strong?: boolean;
}) {
  return value ? (
    <div>
      <dt>{name}</dt>
      <dd class={strong ? 'usid-job-state' : undefined}>{value}</dd>
    </div>
  ) : null;
}

/** What the run says of itself, unless it stands elsewhere already. */
function remark({ state, message }: IJob): string {
  if (state === 'cancelled') {
    return 'What is done is kept: run it again, and it goes on from here.';
  }
  const told = state === 'committing' || state === 'failed';
  return told || !message
    ? ''
    : `${message[0]?.toUpperCase()}${message.slice(1)}.`;
}

/** What a person may have to know; said aloud by screen readers. */
function Remarks({ job, plea }: { job: IJob; plea: string }) {
  const remarks = [remark(job), plea].filter(Boolean);
  return (
    <div class="usid-job-remarks" role="status" aria-label="Remarks">
      {remarks.map(remark => (
        <p key={remark}>{remark}</p>
      ))}
    </div>
  );
}

function Gone() {
  const failure = {
    message:
      'The kernel of this run has stopped. What was done is kept: run it again, and it goes on from there.',
    reason: 'The connection to the kernel was closed.'
  };
  return <Failure failure={failure} />;
}

function Results({ job }: { job: IJob }) {
  return (
    <ul class="usid-job-results" aria-label="Results">
      {job.results.map(({ file, path }) => (
        <li key={path}>
          <code>{path}</code>
          <span class="usid-quiet">in {file}</span>
        </li>
      ))}
    </ul>
  );
}
