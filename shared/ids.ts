import * as z from 'zod';
import { idPattern } from './id-pattern.ts';

function idOf<Brand extends string>() {
  return z.string().regex(idPattern, 'is not an id').brand<Brand>();
}

export const projectIdSchema = idOf<'ProjectId'>();
export type ProjectId = z.infer<typeof projectIdSchema>;
export const workerIdSchema = idOf<'WorkerId'>();
export type WorkerId = z.infer<typeof workerIdSchema>;
export const worktreeIdSchema = idOf<'WorktreeId'>();
export type WorktreeId = z.infer<typeof worktreeIdSchema>;
export const terminalIdSchema = idOf<'TerminalId'>();
export type TerminalId = z.infer<typeof terminalIdSchema>;
export const terminalShareIdSchema = idOf<'TerminalShareId'>();
export type TerminalShareId = z.infer<typeof terminalShareIdSchema>;
export const ruleIdSchema = idOf<'RuleId'>();
export type RuleId = z.infer<typeof ruleIdSchema>;
/** The CLI's own id of a session, a UUID. */
export const sessionIdSchema = idOf<'SessionId'>();
export type SessionId = z.infer<typeof sessionIdSchema>;
export const approvalIdSchema = idOf<'ApprovalId'>();
export type ApprovalId = z.infer<typeof approvalIdSchema>;
export const savedSearchIdSchema = idOf<'SavedSearchId'>();
export type SavedSearchId = z.infer<typeof savedSearchIdSchema>;
export const contextIdSchema = idOf<'ContextId'>();
export type ContextId = z.infer<typeof contextIdSchema>;
/** Of a key, a device or a session of tokens. */
export const credentialIdSchema = idOf<'CredentialId'>();
export type CredentialId = z.infer<typeof credentialIdSchema>;
export const pairingIdSchema = idOf<'PairingId'>();
export type PairingId = z.infer<typeof pairingIdSchema>;
export const checkpointIdSchema = idOf<'CheckpointId'>();
export type CheckpointId = z.infer<typeof checkpointIdSchema>;
export const commentIdSchema = idOf<'CommentId'>();
export type CommentId = z.infer<typeof commentIdSchema>;
/** Of a merge that was made here and can be undone. */
export const mergeIdSchema = idOf<'MergeId'>();
export type MergeId = z.infer<typeof mergeIdSchema>;
