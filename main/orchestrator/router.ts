import type { Router } from '@orpc/server';
import type { Access } from '../../shared/access.ts';
import type { contract } from '../../shared/contract.ts';
import type { State } from '../../shared/events.ts';
import type { AccessFeature } from './access/access.ts';
import type { Caller } from './access/caller.ts';
import type { Approvals } from './approvals/approvals.ts';
import type { Audit } from './audit/audit.ts';
import { backupHandlers } from './backup-handlers.ts';
import type { Backups } from './backups/backups.ts';
import type { CompressionFeature } from './compression/compression.ts';
import type { Delivering } from './delivering.ts';
import { deliveringHandlers } from './delivering-handlers.ts';
import { createDoor, type Log, type Within } from './door.ts';
import type { Events } from './events.ts';
import { eventsSince, withIds } from './events-since.ts';
import type { Files } from './files/files.ts';
import { implementedBehind } from './implemented.ts';
import type { Inbox } from './inbox/inbox.ts';
import type { Maintenance } from './maintenance/maintenance.ts';
import type { Models } from './models/models.ts';
import type { Monitoring } from './monitoring.ts';
import type { Judge } from './permissions/judge.ts';
import type { Rules } from './permissions/rules.ts';
import type { Projects } from './projects/projects.ts';
import type { Roles } from './roles/roles.ts';
import type { Contexts } from './sessions/contexts.ts';
import type { Meaning } from './sessions/meaning.ts';
import type { SavedSearches } from './sessions/saved-searches.ts';
import type { Sessions } from './sessions/sessions.ts';
import type { SettingsFeature } from './settings/settings.ts';
import { searchRecordings } from './terminals/search-recordings.ts';
import type { TerminalControls } from './terminals/terminal-control.ts';
import type { TerminalShares } from './terminals/terminal-shares.ts';
import type { Terminals } from './terminals/terminals.ts';
import type { Upkeep } from './upkeep.ts';
import { upkeepRoutes } from './upkeep-routes.ts';
import type { Webhooks } from './webhooks/webhooks.ts';
import type { Workers } from './workers/workers.ts';

export type AppRouter = Router<typeof contract, Caller>;

/** The contract, implemented. Every call of every surface passes the one door here: access first, errors last. */
export function createRouter(deps: {
  events: Events;
  projects: Projects;
  workers: Workers;
  terminals: Terminals;
  terminalControl: TerminalControls;
  terminalShares: TerminalShares;
  approvals: Approvals;
  inbox: Inbox;
  rules: Rules;
  judge: Judge;
  roles: Roles;
  audit: Audit;
  access: AccessFeature;
  sessions: Sessions;
  compression: CompressionFeature;
  models: Models;
  contexts: Contexts;
  savedSearches: SavedSearches;
  meaning: Meaning;
  delivering: Delivering;
  files: Files;
  webhooks: Webhooks;
  settings: SettingsFeature;
  backups: Backups;
  monitoring: Monitoring;
  observe: Parameters<typeof createDoor>[0]['observe'];
  upkeep: Upkeep;
  maintenance: Maintenance;
  readState: (access: Access) => Promise<State>;
  /** Settles when what ran before is taken up: until then only what is kept can be read. */
  ready: Promise<void>;
  /** Whether somebody holds a state from before that; true once for each. */
  takeEarlyState: () => boolean;
  log: Log;
  within: Within | undefined;
}): AppRouter {
  const { projects, workers, terminals, approvals, inbox, rules, roles, settings } = deps;
  const { worktrees } = deps.delivering;
  const { sessions, contexts, savedSearches, compression, models, meaning, files, webhooks } = deps;
  const { health, alerts, charts } = deps.monitoring;
  const { maintenance } = deps;
  const { terminalControl: control, terminalShares: shares, access } = deps;

  const door = createDoor(deps);
  const api = implementedBehind(door);
  const { worktrees: worktreeHandlers, ...further } = deliveringHandlers(api, deps.delivering);

  const listWorkers = ({ input }: { input: { limit: number; cursor?: string | undefined } }) => workers.list(input);

  return api.router({
    ...upkeepRoutes(deps.upkeep),
    events: {
      state: api.events.state.handler(({ context }) => deps.readState(context.access)),
      subscribe: api.events.subscribe.handler(({ input, context, signal, lastEventId }) => {
        const resumed = lastEventId === undefined ? undefined : Number(lastEventId);
        const events = eventsSince(deps, Number.isSafeInteger(resumed) ? resumed : input.since, signal);
        context.takeEvents?.(events);
        return withIds(context.takeEvents ? [] : events);
      }),
    },
    projects: {
      list: api.projects.list.handler(({ input }) => pageOfAll(projects.list(), input)),
      get: api.projects.get.handler(({ input }) => projects.get(input.id)),
      add: api.projects.add.handler(({ input }) => projects.add(input)),
      update: api.projects.update.handler(({ input }) => projects.update(input)),
      remove: api.projects.remove.handler(({ input }) => projects.remove(input.id)),
      branches: api.projects.branches.handler(({ input }) => projects.branches(input.id)),
      browse: api.projects.browse.handler(({ input }) => projects.browse(input.path)),
    },
    workers: {
      list: api.workers.list.handler(listWorkers),
      get: api.workers.get.handler(({ input }) => workers.get(input.id)),
      spawn: api.workers.spawn.handler(({ input }) => workers.spawn(input)),
      remove: api.workers.remove.handler(({ input }) => workers.remove(input.id)),
      send: api.workers.send.handler(({ input }) => workers.send(input.id, input.text)),
      messages: api.workers.messages.handler(({ input }) => workers.messages(input.id, input.after, input.limit)),
      conversation: api.workers.conversation.handler(({ input, signal }) => {
        workers.get(input.id);
        return workers.watchConversation(input.id, input.since, signal);
      }),
      interrupt: api.workers.interrupt.handler(({ input }) => workers.interrupt(input.id)),
      stop: api.workers.stop.handler(({ input, context }) => workers.stop(input.id, input.force, context.name)),
      resume: api.workers.resume.handler(({ input }) => workers.resume(input.id, input.prompt)),
      switchKind: api.workers.switchKind.handler(({ input }) => workers.switchKind(input.id, input.kind)),
      update: api.workers.update.handler(({ input }) => workers.update(input)),
      compact: api.workers.compact.handler(({ input }) => workers.compact(input.id)),
      cancelRecovery: api.workers.cancelRecovery.handler(({ input }) => workers.cancelRecovery(input.id)),
      resources: api.workers.resources.handler(({ signal }) => workers.watchResources(signal)),
    },
    orchestrate: { workers: api.orchestrate.workers.handler(listWorkers) },
    terminals: {
      list: api.terminals.list.handler(({ input }) => pageOfAll(terminals.list(), input)),
      get: api.terminals.get.handler(({ input }) => terminals.get(input.id)),
      create: api.terminals.create.handler(({ input }) => terminals.create(input)),
      profiles: api.terminals.profiles.handler(async () => ({ items: await terminals.profiles() })),
      rename: api.terminals.rename.handler(({ input }) => terminals.rename(input.id, input.title)),
      restart: api.terminals.restart.handler(({ input }) => terminals.restart(input.id)),
      recording: api.terminals.recording.handler(({ input }) => terminals.recordings.outline(input.id)),
      recordingPart: api.terminals.recordingPart.handler(({ input }) =>
        terminals.recordings.part(input.id, input.from),
      ),
      searchRecording: api.terminals.searchRecording.handler(({ input }) =>
        terminals.recordings.search(input.id, input.query, input.limit),
      ),
      searchRecordings: api.terminals.searchRecordings.handler(({ input }) =>
        searchRecordings({ terminals: terminals.list(), now: Date.now, search: terminals.recordings.search }, input),
      ),
      exportRecording: api.terminals.exportRecording.handler(({ input }) => terminals.recordings.exportCast(input.id)),
      remove: api.terminals.remove.handler(({ input }) => terminals.remove(input.id)),
      screen: api.terminals.screen.handler(({ input }) => terminals.screen(input.id)),
      input: api.terminals.input.handler(({ input, context }) => {
        control.checkCall(input.id, context);
        return terminals.input(input.id, input.data);
      }),
      resize: api.terminals.resize.handler(({ input, context }) => {
        control.checkCall(input.id, context);
        return terminals.resize(input);
      }),
      shares: {
        list: api.terminals.shares.list.handler(({ input }) => ({ items: shares.list(input.id) })),
        watch: api.terminals.shares.watch.handler(({ input, signal }) => shares.watch(input.id, signal)),
        create: api.terminals.shares.create.handler(({ input, context }) => shares.create(input, context.name)),
        revoke: api.terminals.shares.revoke.handler(({ input }) => shares.revoke(input.id, input.shareId)),
      },
      control: {
        get: api.terminals.control.get.handler(({ input }) => control.of(terminals.get(input.id).id)),
        request: api.terminals.control.request.handler(({ input, context }) => control.request(input.id, context)),
        grant: api.terminals.control.grant.handler(({ input, context }) =>
          control.grant(input.id, input.viewerId, context),
        ),
        refuse: api.terminals.control.refuse.handler(({ input, context }) =>
          control.refuse(input.id, input.viewerId, context),
        ),
        release: api.terminals.control.release.handler(({ input, context }) => control.release(input.id, context)),
        take: api.terminals.control.take.handler(({ input, context }) =>
          control.take(input.id, input.viewerId, context),
        ),
      },
      preview: api.terminals.preview.handler(({ input, signal }) => terminals.preview(input.id, input.lines, signal)),
    },
    approvals: {
      list: api.approvals.list.handler(({ input }) => approvals.list(input)),
      get: api.approvals.get.handler(({ input }) => approvals.get(input.id)),
      decide: api.approvals.decide.handler(({ input, context }) => approvals.decide(input, context)),
      decideMany: api.approvals.decideMany.handler(({ input, context }) => approvals.decideMany(input, context)),
    },
    inbox: {
      list: api.inbox.list.handler(() => inbox.list()),
      snooze: api.inbox.snooze.handler(({ input }) => inbox.snooze(input.id, input.until)),
      dismiss: api.inbox.dismiss.handler(({ input }) => inbox.dismiss(input.id)),
    },
    rules: {
      list: api.rules.list.handler(() => ({ items: rules.list() })),
      add: api.rules.add.handler(({ input, context }) => rules.add(input, context.name)),
      remove: api.rules.remove.handler(({ input }) => rules.remove(input.id)),
      test: api.rules.test.handler(({ input }) => deps.judge.test(input)),
    },
    roles: {
      list: api.roles.list.handler(() => ({ items: roles.list() })),
      save: api.roles.save.handler(({ input }) => roles.save(input)),
      remove: api.roles.remove.handler(({ input }) => roles.remove(input.name)),
    },
    audit: {
      list: api.audit.list.handler(({ input }) => deps.audit.list(input)),
      export: api.audit.export.handler(({ input }) => deps.audit.export(input)),
      check: api.audit.check.handler(() => deps.audit.check()),
    },
    sessions: {
      list: api.sessions.list.handler(({ input }) => sessions.list(input)),
      search: api.sessions.search.handler(({ input }) => sessions.search(input)),
      get: api.sessions.get.handler(({ input }) => sessions.get(input.id)),
      messages: api.sessions.messages.handler(({ input }) => sessions.messages(input)),
      images: api.sessions.images.handler(({ input }) => sessions.images(input)),
      outline: api.sessions.outline.handler(({ input }) => sessions.outline(input.id)),
      update: api.sessions.update.handler(({ input }) => sessions.update(input)),
      resume: api.sessions.resume.handler(({ input }) => sessions.resume(input)),
      remove: api.sessions.remove.handler(({ input }) => sessions.remove(input.id)),
      restore: api.sessions.restore.handler(({ input }) => sessions.restore(input.id)),
      purge: api.sessions.purge.handler(({ input }) => sessions.purge(input.id)),
      trash: api.sessions.trash.handler(() => sessions.trash()),
      import: api.sessions.import.handler(({ input }) => sessions.import(input)),
      export: api.sessions.export.handler(({ input }) => sessions.export(input)),
      usage: api.sessions.usage.handler(({ input }) => sessions.usage(input)),
      index: api.sessions.index.handler(() => sessions.index()),
      watchIndex: api.sessions.watchIndex.handler(({ signal }) => sessions.watchIndex(signal)),
      pauseIndex: api.sessions.pauseIndex.handler(({ input }) => sessions.pauseIndex(input.paused)),
    },
    compression: {
      compress: api.compression.compress.handler(({ input }) => compression.compress(input)),
      list: api.compression.list.handler(({ input }) => compression.list(input)),
      watch: api.compression.watch.handler(({ input, signal }) => compression.watch(input.sessionId, signal)),
      cancel: api.compression.cancel.handler(({ input }) => compression.cancel(input.id)),
      remove: api.compression.remove.handler(({ input }) => compression.remove(input.id)),
      cache: api.compression.cache.handler(() => compression.cache()),
      clearCache: api.compression.clearCache.handler(() => compression.clearCache()),
    },
    models: {
      get: api.models.get.handler(() => models.get()),
      watch: api.models.watch.handler(({ signal }) => models.watch(signal)),
      pull: api.models.pull.handler(({ input }) => models.pull(input.name)),
      cancelPull: api.models.cancelPull.handler(({ input }) => models.cancelPull(input.name)),
      remove: api.models.remove.handler(({ input }) => models.remove(input.name)),
      compare: api.models.compare.handler(({ input, signal }) => models.compare(input.models, input.text, signal)),
    },
    sessionChanges: { list: api.sessionChanges.list.handler(({ input }) => sessions.changes(input)) },
    savedSearches: {
      list: api.savedSearches.list.handler(() => ({ items: savedSearches.list() })),
      save: api.savedSearches.save.handler(({ input }) => savedSearches.save(input)),
      rename: api.savedSearches.rename.handler(({ input }) => savedSearches.rename(input)),
      remove: api.savedSearches.remove.handler(({ input }) => savedSearches.remove(input.id)),
    },
    contexts: {
      list: api.contexts.list.handler(() => ({ items: contexts.list() })),
      save: api.contexts.save.handler(({ input }) => contexts.save(input)),
      remove: api.contexts.remove.handler(({ input }) => contexts.remove(input.id)),
      build: api.contexts.build.handler(({ input }) => contexts.build(input)),
      get: api.contexts.get.handler(({ input }) => contexts.get(input.id)),
      start: api.contexts.start.handler(({ input }) => contexts.start(input)),
    },
    meaning: {
      state: api.meaning.state.handler(() => meaning.state()),
      search: api.meaning.search.handler(({ input }) => meaning.search(input)),
    },
    worktrees: {
      list: api.worktrees.list.handler(({ input }) => pageOfAll(worktrees.list(), input)),
      ...worktreeHandlers,
    },
    ...further,
    files: {
      list: api.files.list.handler(({ input }) => files.list(input)),
      content: api.files.content.handler(({ input }) => files.content(input.path)),
      info: api.files.info.handler(({ input }) => files.info(input.path)),
      original: api.files.original.handler(({ input }) => files.original(input.path, input.of)),
      search: api.files.search.handler(({ input }) => files.search(input)),
      find: api.files.find.handler(({ input }) => files.find(input)),
      watch: api.files.watch.handler(({ input, signal }) => files.watch(input.path, signal)),
      save: api.files.save.handler(({ input }) => files.save(input)),
      mkdir: api.files.mkdir.handler(({ input }) => files.mkdir(input.path)),
      rename: api.files.rename.handler(({ input }) => files.rename(input.from, input.to)),
      copy: api.files.copy.handler(({ input }) => files.copy(input.from, input.to)),
      remove: api.files.remove.handler(({ input }) => files.remove(input.query.path)),
      removed: api.files.removed.handler(() => files.removed()),
      restore: api.files.restore.handler(({ input }) => files.restore(input.id)),
      purge: api.files.purge.handler(({ input }) => files.purge(input.id)),
    },
    webhooks: {
      list: api.webhooks.list.handler(() => webhooks.list()),
      watch: api.webhooks.watch.handler(({ signal }) => webhooks.watch(signal)),
      add: api.webhooks.add.handler(({ input }) => webhooks.add(input)),
      update: api.webhooks.update.handler(({ input }) => webhooks.update(input)),
      remove: api.webhooks.remove.handler(({ input }) => webhooks.remove(input.id)),
      secret: api.webhooks.secret.handler(({ input }) => webhooks.secret(input.id, input.renew)),
      test: api.webhooks.test.handler(({ input }) => webhooks.test(input.id)),
      deliveries: api.webhooks.deliveries.handler(({ input }) => webhooks.deliveries(input.id, input)),
      replay: api.webhooks.replay.handler(({ input }) => webhooks.replay(input.id)),
    },
    settings: {
      get: api.settings.get.handler(() => settings.get()),
      update: api.settings.update.handler(({ input }) => settings.update(input)),
    },
    health: {
      report: api.health.report.handler(() => health.report()),
      doctor: api.health.doctor.handler(() => health.doctor()),
    },
    backups: backupHandlers(api, deps.backups),
    metrics: {
      history: api.metrics.history.handler(({ input }) => charts.points(input.span)),
      watch: api.metrics.watch.handler(({ input, signal }) => charts.watch(input.span, signal)),
    },
    alerts: {
      list: api.alerts.list.handler(() => alerts.list()),
      watch: api.alerts.watch.handler(({ signal }) => alerts.watch(signal)),
      history: api.alerts.history.handler(({ input }) => alerts.history(input)),
      acknowledge: api.alerts.acknowledge.handler(({ input, context }) => alerts.acknowledge(input.id, context.name)),
      silence: api.alerts.silence.handler(({ input, context }) =>
        alerts.silence(input.id, input.minutes, context.name),
      ),
      update: api.alerts.update.handler(({ input, context }) => alerts.update(input, context.name)),
      reset: api.alerts.reset.handler(({ input, context }) => alerts.reset(input.id, context.name)),
      figures: api.alerts.figures.handler(() => alerts.figures()),
      add: api.alerts.add.handler(({ input, context }) => alerts.add(input, context.name)),
      remove: api.alerts.remove.handler(({ input, context }) => alerts.remove(input.id, context.name)),
      restore: api.alerts.restore.handler(({ input, context }) => alerts.restore(input.id, context.name)),
    },
    database: {
      state: api.database.state.handler(() => maintenance.state()),
      watch: api.database.watch.handler(({ signal }) => maintenance.watch(signal)),
      check: api.database.check.handler(() => maintenance.check()),
      mend: api.database.mend.handler(({ input }) => maintenance.mend(input.confirm)),
      measure: api.database.measure.handler(() => maintenance.measure()),
      vacuum: api.database.vacuum.handler(() => maintenance.vacuum()),
      analyze: api.database.analyze.handler(() => maintenance.analyze()),
      checkpoint: api.database.checkpoint.handler(() => maintenance.checkpoint()),
      slow: api.database.slow.handler(() => maintenance.slow()),
      forgetSlow: api.database.forgetSlow.handler(() => maintenance.forgetSlow()),
      export: api.database.export.handler(() => maintenance.export()),
      import: api.database.import.handler(({ input }) => maintenance.import(input)),
    },
    access: {
      overview: api.access.overview.handler(() => access.overview()),
      watch: api.access.watch.handler(({ signal }) => access.watch(signal)),
      me: api.access.me.handler(({ context }) => access.me(context)),
      token: api.access.token.handler(({ input, context }) => access.token(context, input)),
      refresh: api.access.refresh.handler(({ context }) => access.refresh(context)),
      logout: api.access.logout.handler(({ context }) => access.logout(context)),
      endSession: api.access.endSession.handler(({ input }) => access.endSession(input.id)),
      rotateSecret: api.access.rotateSecret.handler(({ input }) => access.rotateSecret(input.graceMinutes)),
      rotateLocalToken: api.access.rotateLocalToken.handler(({ input }) => access.rotateLocalToken(input.graceMinutes)),
      keys: {
        list: api.access.keys.list.handler(({ input }) => pageOfAll(access.keys.list(), input)),
        create: api.access.keys.create.handler(({ input, context }) => access.keys.create(input, context.name)),
        update: api.access.keys.update.handler(({ input }) => access.keys.update(input)),
        rotate: api.access.keys.rotate.handler(({ input }) => access.keys.rotate(input)),
        revoke: api.access.keys.revoke.handler(({ input }) => access.keys.revoke(input.id)),
      },
      devices: {
        list: api.access.devices.list.handler(({ input }) => pageOfAll(access.devices.list(), input)),
        rename: api.access.devices.rename.handler(({ input }) => access.devices.rename(input)),
        revoke: api.access.devices.revoke.handler(({ input }) => access.devices.revoke(input.id)),
        pair: api.access.devices.pair.handler(({ input }) => access.devices.pair(input.access)),
        cancelPairing: api.access.devices.cancelPairing.handler(({ input }) => access.devices.cancelPairing(input.id)),
        claim: api.access.devices.claim.handler(({ input, context }) => access.devices.claim(input.name, context)),
      },
    },
  });
}

/** A page of a list that is short enough to be read whole; the cursor is the id of the last item before it. */
function pageOfAll<Item extends { id: string }>(all: Item[], query: { limit: number; cursor?: string | undefined }) {
  const start = query.cursor === undefined ? 0 : all.findIndex(({ id }) => id === query.cursor) + 1;
  const items = all.slice(start, start + query.limit);
  return { items, nextCursor: start + query.limit < all.length ? (items.at(-1)?.id ?? null) : null };
}
