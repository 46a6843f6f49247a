import type { WorktreeId } from '../../shared/ids.ts';
import type { Delivering } from './delivering.ts';
import type { Api } from './implemented.ts';

/** What is asked of worktrees, their review and their delivery. */
export function deliveringHandlers(api: Api, delivering: Delivering) {
  const { worktrees, scripts, disk, repair, reviewer, staging, comments, checkpoints, delivery, overlaps } = delivering;
  return {
    worktrees: {
      status: api.worktrees.status.handler(({ input }) => worktrees.status(input.id)),
      diff: api.worktrees.diff.handler(({ input }) => worktrees.diff(input)),
      remove: api.worktrees.remove.handler(({ input }) => worktrees.remove(input.id)),
      restore: api.worktrees.restore.handler(({ input }) => worktrees.restore(input.id)),
      removed: api.worktrees.removed.handler(() => worktrees.removed()),
      outside: api.worktrees.outside.handler(({ input }) => repair.outside(input.projectId)),
      adopt: api.worktrees.adopt.handler(({ input }) => repair.adopt(input)),
      repair: api.worktrees.repair.handler(({ input }) => repair.repair(input)),
      disk: api.worktrees.disk.handler(() => disk.disk()),
      watchDisk: api.worktrees.watchDisk.handler(({ signal }) => disk.watchDisk(signal)),
      reclaim: api.worktrees.reclaim.handler(({ input }) => disk.reclaim(input.ids)),
      removeMany: api.worktrees.removeMany.handler(async ({ input }) => ({
        results: await eachInTurn(input.ids, worktrees.remove),
      })),
      configuration: api.worktrees.configuration.handler(({ input }) => delivering.configuration(input.projectId)),
      runScript: api.worktrees.runScript.handler(({ input }) => scripts.run(input.id, input.kind)),
    },
    review: {
      files: api.review.files.handler(({ input: { id, ...comparison } }) => reviewer.files(id, comparison)),
      watch: api.review.watch.handler(({ input, signal }) => delivering.watchReview(input.id, signal)),
      file: api.review.file.handler(({ input }) => reviewer.file(input)),
      lines: api.review.lines.handler(({ input }) => reviewer.lines(input)),
      content: api.review.content.handler(({ input }) => reviewer.content(input)),
      commits: api.review.commits.handler(({ input }) => reviewer.commits(input.id)),
      stage: api.review.stage.handler(({ input }) => staging.stage(input)),
      discard: api.review.discard.handler(({ input }) => staging.discard(input)),
      setViewed: api.review.setViewed.handler(({ input }) => delivering.setViewed(input)),
      comments: {
        list: api.review.comments.list.handler(({ input }) => comments.list(input.id)),
        add: api.review.comments.add.handler(({ input }) => comments.add(input)),
        update: api.review.comments.update.handler(({ input }) => comments.update(input)),
        remove: api.review.comments.remove.handler(({ input }) => comments.remove(input.id, input.commentId)),
        send: api.review.comments.send.handler(({ input }) => comments.send(input)),
      },
    },
    delivery: {
      get: api.delivery.get.handler(({ input }) => delivery.get(input.id)),
      commit: api.delivery.commit.handler(({ input }) => delivery.commit(input)),
      suggestMessage: api.delivery.suggestMessage.handler(({ input }) => delivery.suggestMessage(input)),
      push: api.delivery.push.handler(({ input }) => delivery.push(input)),
      openPullRequest: api.delivery.openPullRequest.handler(({ input }) => delivery.openPullRequest(input)),
      pullRequest: api.delivery.pullRequest.handler(({ input }) => delivery.pullRequest(input.id)),
      merge: api.delivery.merge.handler(({ input }) => delivery.merge(input)),
      undoMerge: api.delivery.undoMerge.handler(({ input }) => delivery.undoMerge(input)),
      update: api.delivery.update.handler(({ input }) => delivery.update(input)),
      abort: api.delivery.abort.handler(({ input }) => delivery.abort(input.id)),
      continue: api.delivery.continue.handler(({ input }) => delivery.continue(input.id)),
      askToResolve: api.delivery.askToResolve.handler(({ input }) => delivery.askToResolve(input)),
      dryRunOrder: api.delivery.dryRunOrder.handler(({ input }) => delivery.dryRunOrder(input)),
    },
    checkpoints: {
      list: api.checkpoints.list.handler(({ input }) => checkpoints.list(input.id)),
      create: api.checkpoints.create.handler(({ input }) => checkpoints.create(input)),
      rewind: api.checkpoints.rewind.handler(({ input }) => checkpoints.rewind(input)),
      fork: api.checkpoints.fork.handler(({ input }) => checkpoints.fork(input)),
      remove: api.checkpoints.remove.handler(({ input }) => checkpoints.remove(input.id, input.checkpointId)),
    },
    overlaps: { list: api.overlaps.list.handler(({ input }) => ({ items: overlaps.list(input.projectId) })) },
  };
}

/** Does something to each, one after the other; what one refuses is told and keeps none of the others from it. */
async function eachInTurn(ids: readonly WorktreeId[], work: (id: WorktreeId) => Promise<unknown>) {
  const results: { id: WorktreeId; done: boolean; message: string }[] = [];
  for (const id of ids) {
    try {
      await work(id);
      results.push({ id, done: true, message: '' });
    } catch (error) {
      results.push({ id, done: false, message: error instanceof Error ? error.message : String(error) });
    }
  }
  return results;
}
