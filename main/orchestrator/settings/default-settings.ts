import type { Settings } from '../../../shared/settings.ts';
import { defaultAllowedTools, defaultDeniedTools } from '../claude/permissions.ts';

/** What holds until the user changes it. */
export const defaultSettings: Settings = {
  maxWorkers: 5,
  defaultKind: 'headless',
  defaultModel: '',
  branchPrefix: 'worker/',
  allowedTools: defaultAllowedTools,
  deniedTools: defaultDeniedTools,
  allowNetwork: false,
  defaultLimits: {},
  dayLimits: {},
  warnPercent: 80,
  stallSeconds: 300,
  autoResume: true,
  memoryLimitMib: 0,
  lateSeconds: 600,
  notifications: { requests: true, troubles: true, finished: false, sound: true, badge: true },
  terminalIdleHours: 4,
  terminalLogMib: 64,
  terminalLogDays: 14,
  recordShells: false,
  terminalProfiles: [],
  ollamaHost: '127.0.0.1',
  ollamaPort: 11434,
  ollamaTimeoutSeconds: 30,
  ollamaRetries: 3,
  embeddingModel: '',
  compressionPreset: 'balanced',
  compressionModels: { fast: 'llama3.2:3b', balanced: 'llama3.2:8b', quality: 'qwen2.5:14b' },
  compressionCacheMib: 256,
};
