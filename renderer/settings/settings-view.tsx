import {
  Bell,
  BrainCircuit,
  DatabaseBackup,
  FileClock,
  FileCog,
  FlaskConical,
  FolderGit2,
  Gauge,
  Globe,
  HardDrive,
  IdCard,
  Info,
  Keyboard,
  type LucideIcon,
  MonitorCog,
  Search,
  Shield,
  SquareTerminal,
  TextSearch,
  Users,
  Webhook,
} from 'lucide-react';
import { useState } from 'react';
import { hrefOf, type SettingsSection } from '../app/router.ts';
import { DataSection } from '../backups/data-section.tsx';
import { ConfigurationSection } from '../configuration/configuration-section.tsx';
import { RolesSection } from '../roles/roles-section.tsx';
import { RuleTester } from '../rules/rule-tester.tsx';
import { cx } from '../ui/cx.ts';
import { TextField } from '../ui/fields.tsx';
import { AboutSection } from './about-section.tsx';
import { AuditSection } from './audit-section.tsx';
import { KeysSection } from './keys-section.tsx';
import { LimitsSection } from './limits-section.tsx';
import { LookSection } from './look-section.tsx';
import { ModelsSection } from './models-section.tsx';
import { NotificationsSection } from './notifications-section.tsx';
import { PermissionsSection } from './permissions-section.tsx';
import { PortSection } from './port-section.tsx';
import { ProjectFiles } from './project-files.tsx';
import { ProjectsSection } from './projects-section.tsx';
import { SessionsSection } from './sessions-section.tsx';
import { TerminalsSection } from './terminals-section.tsx';
import { WebhooksSection } from './webhooks-section.tsx';
import { WorkersSection } from './workers-section.tsx';
import { WorktreesSection } from './worktrees-section.tsx';

const sections: readonly { id: SettingsSection; name: string; icon: LucideIcon; words: string }[] = [
  {
    id: 'workers',
    name: 'Workers',
    icon: Users,
    words: 'max workers at once kind model branch prefix default stall resume crash memory',
  },
  {
    id: 'permissions',
    name: 'Permissions',
    icon: Shield,
    words: 'rules allowed denied tools network sandbox mode standing always',
  },
  { id: 'tester', name: 'Rule tester', icon: FlaskConical, words: 'try a call decision permission rule test' },
  { id: 'roles', name: 'Roles', icon: IdCard, words: 'prompt reviewer tester coordinator model limits' },
  { id: 'limits', name: 'Limits', icon: Gauge, words: 'money cost tokens time budget day project warn spent' },
  {
    id: 'terminals',
    name: 'Terminals',
    icon: SquareTerminal,
    words: 'shell profile idle record clipboard font letters copy select screen reader webgl',
  },
  {
    id: 'models',
    name: 'Models',
    icon: BrainCircuit,
    words: 'ollama host port time limit retries preset compression summary fetch pull compare cache llama',
  },
  {
    id: 'sessions',
    name: 'Sessions',
    icon: TextSearch,
    words: 'transcripts folders index history retention deleted keep trash restore import pause',
  },
  {
    id: 'worktrees',
    name: 'Worktrees',
    icon: HardDrive,
    words: 'checkpoints undo removed days disk free space guard ports block repair',
  },
  { id: 'projects', name: 'Projects', icon: FolderGit2, words: 'repository trust name remove limits' },
  { id: 'notifications', name: 'Notifications', icon: Bell, words: 'sound badge desktop late' },
  {
    id: 'port',
    name: 'Port & access',
    icon: Globe,
    words:
      'listen open phone browser lan network allowlist tls certificate key api device pair qr token revoke rate limit',
  },
  {
    id: 'webhooks',
    name: 'Webhooks',
    icon: Webhook,
    words: 'notify address post url signature secret deliveries chat pager events',
  },
  { id: 'audit', name: 'Audit', icon: FileClock, words: 'who did what when log history export csv chain days keep' },
  {
    id: 'configuration',
    name: 'Configuration',
    icon: FileCog,
    words: 'options flags variables environment file profile restart log level source',
  },
  {
    id: 'data',
    name: 'Backups & data',
    icon: DatabaseBackup,
    words:
      'backup restore database vacuum integrity check schedule encrypt passphrase export import retention migration',
  },
  { id: 'look', name: 'Look', icon: MonitorCog, words: 'theme dark light density compact' },
  { id: 'keys', name: 'Keys', icon: Keyboard, words: 'shortcuts keyboard' },
  { id: 'about', name: 'About', icon: Info, words: 'version data folder token sign out' },
];

/** Settings: one section at a time. Values apply when they are left; those a flag holds say so. */
export function SettingsView({ section, item }: { section: SettingsSection; item: string | null }) {
  const [find, setFind] = useState('');
  const shown = sections.filter((one) => `${one.name} ${one.words}`.toLowerCase().includes(find.trim().toLowerCase()));
  return (
    <main className="flex min-h-0 min-w-0 flex-col">
      <div className="flex h-(--viewbar-h) shrink-0 items-center gap-4 border-b border-hair px-4 max-phone:hidden">
        <h1 className="text-md font-strong tracking-[-.01em]">Settings</h1>
        <label className="relative flex items-center">
          <Search size={14} aria-hidden className="pointer-events-none absolute left-2 text-ink-3" />
          <TextField
            aria-label="Find a setting"
            placeholder="Find a setting"
            value={find}
            onChange={(event) => setFind(event.target.value)}
            className="w-56 pl-7"
          />
        </label>
        <span className="ml-auto text-sm text-ink-3 max-narrow:hidden">Changes apply at once and can be undone</span>
      </div>
      <div className="grid min-h-0 flex-1 grid-cols-[200px_minmax(0,1fr)] max-narrow:grid-cols-[160px_minmax(0,1fr)] max-phone:grid-cols-1 max-phone:grid-rows-[auto_minmax(0,1fr)]">
        <nav
          aria-label="Sections"
          className="grid content-start gap-px overflow-auto border-r border-hair px-2 py-3 max-phone:flex max-phone:border-r-0 max-phone:border-b max-phone:py-1"
        >
          {shown.map(({ id, name, icon: Icon }) => (
            <a
              key={id}
              href={hrefOf({ view: 'settings', section: id })}
              aria-current={section === id ? 'page' : undefined}
              ref={(element) => {
                // On a phone the sections are a strip: the chosen one is brought into it.
                if (section === id) element?.scrollIntoView({ block: 'nearest', inline: 'nearest' });
              }}
              className={cx(
                'focus-inset flex h-7 shrink-0 items-center gap-[9px] rounded-2 px-2 whitespace-nowrap max-phone:h-11',
                section === id ? 'bg-active font-medium text-ink' : 'text-ink-2 hover:bg-hover',
              )}
            >
              <Icon size={16} aria-hidden className={section === id ? 'text-ink' : 'text-ink-3'} />
              {name}
            </a>
          ))}
          {shown.length === 0 && <p className="px-2 text-sm text-ink-3">No setting has these words.</p>}
        </nav>
        <div className="min-h-0 overflow-y-auto px-8 py-5 max-narrow:px-4 max-phone:px-3">
          <div className={cx('grid gap-4', section === 'audit' ? 'max-w-[1080px]' : 'max-w-[860px]')}>
            <Section section={section} item={item} />
          </div>
        </div>
      </div>
    </main>
  );
}

function Section({ section, item }: { section: SettingsSection; item: string | null }) {
  switch (section) {
    case 'workers':
      return <WorkersSection />;
    case 'permissions':
      return <PermissionsSection />;
    case 'tester':
      return <RuleTester link={item} />;
    case 'roles':
      return <RolesSection item={item} />;
    case 'limits':
      return <LimitsSection />;
    case 'terminals':
      return <TerminalsSection />;
    case 'models':
      return <ModelsSection />;
    case 'sessions':
      return <SessionsSection />;
    case 'worktrees':
      return (
        <>
          <WorktreesSection />
          <ProjectFiles />
        </>
      );
    case 'projects':
      return <ProjectsSection />;
    case 'notifications':
      return <NotificationsSection />;
    case 'port':
      return <PortSection />;
    case 'webhooks':
      return <WebhooksSection />;
    case 'audit':
      return <AuditSection item={item} />;
    case 'configuration':
      return <ConfigurationSection />;
    case 'data':
      return <DataSection />;
    case 'look':
      return <LookSection />;
    case 'keys':
      return <KeysSection />;
    case 'about':
      return <AboutSection />;
  }
}
