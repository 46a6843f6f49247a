import { hrefOf } from '../app/router.ts';
import { NumberRow } from './number-row.tsx';
import { Panel } from './panel.tsx';
import { SwitchRow } from './switch-row.tsx';
import { useSetting } from './use-setting.ts';

/** How worktrees are made, how long what went can come back, and when the disk is too full. */
export function WorktreesSection() {
  const undo = useSetting('undoDays');
  const checkpoints = useSetting('checkpointDays');
  const free = useSetting('minimumFreeGib');
  const prepared = useSetting('preparedWorktrees');
  const ports = useSetting('portBlocks');
  const numbers = [
    {
      setting: undo,
      label: 'Removed worktrees',
      hint: 'days they can be brought back, with everything that was in them',
      name: 'Days a removed worktree can be brought back',
      max: 365,
      min: 1,
    },
    {
      setting: checkpoints,
      label: 'Checkpoints',
      hint: 'days they are kept; the newest always is. 0: for ever',
      name: 'Days checkpoints are kept',
      max: 3650,
      min: 0,
    },
    {
      setting: free,
      label: 'Free space',
      hint: 'GiB that have to be free before a worker is started. 0: always start',
      name: 'GiB that have to be free',
      max: 10_000,
      min: 0,
    },
    {
      setting: prepared,
      label: 'Prepared',
      hint: 'worktrees kept ready for each project in use whose checkout takes long, each the size of one. 0: none',
      name: 'Worktrees kept ready for each project',
      max: 5,
      min: 0,
    },
  ] as const;
  return (
    <Panel
      title="Worktrees"
      about="Each worker works in a folder of its own. Nothing in one is ever lost without a copy."
      end={
        <a href={hrefOf({ view: 'disk' })} className="shrink-0 text-sm text-accent-text hover:underline">
          Sizes and clean-up
        </a>
      }
    >
      {numbers.map(({ setting, label, hint, name, min, max }) => (
        <NumberRow key={name} setting={setting} label={label} name={name} hint={hint} min={min} max={max} />
      ))}
      <SwitchRow
        setting={ports}
        label="Ports"
        name="A block of ports for each worktree"
        hint="a block of ten for each worktree, told to its scripts and worker as CONTROL_ROOM_PORT"
      />
    </Panel>
  );
}
