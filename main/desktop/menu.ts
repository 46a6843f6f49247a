import { app, clipboard, Menu, type MenuItemConstructorOptions, shell } from 'electron';
import type { MainWindow } from './main-window.ts';

const projectPage = 'https://code.claude.com/docs';

/**
 * The native menu. Keys that the page answers itself are shown and not taken: a focused terminal gets its keys. (The menu
 * sees a key only when the page has left it alone.)
 */
export function setMenu(deps: {
  window: MainWindow;
  developer: boolean;
  browserAddress: string | null;
  quit: (stopWorkers: boolean) => void;
}): void {
  const { window, developer, browserAddress } = deps;
  const mac = process.platform === 'darwin';
  const shown = { registerAccelerator: false };
  const separator: MenuItemConstructorOptions = { type: 'separator' };
  const settings: MenuItemConstructorOptions = {
    id: 'settings',
    label: 'Settings…',
    accelerator: 'CmdOrCtrl+,',
    ...shown,
    click: () => window.go('#/settings/workers'),
  };
  const quit: MenuItemConstructorOptions[] = [
    { id: 'quit', label: 'Quit, Workers Go On', accelerator: 'CmdOrCtrl+Q', click: () => deps.quit(false) },
    { id: 'quit-and-stop', label: 'Stop Workers and Quit…', click: () => deps.quit(true) },
  ];
  const template: MenuItemConstructorOptions[] = [
    ...(mac
      ? [
          {
            role: 'appMenu' as const,
            submenu: [
              { role: 'about' as const },
              separator,
              settings,
              separator,
              { role: 'services' as const },
              separator,
              { role: 'hide' as const },
              { role: 'hideOthers' as const },
              { role: 'unhide' as const },
              separator,
              ...quit,
            ],
          },
        ]
      : []),
    {
      role: 'fileMenu',
      submenu: [
        {
          id: 'worker.new',
          label: 'New Worker…',
          accelerator: 'CmdOrCtrl+N',
          ...shown,
          click: () => window.run('worker.new'),
        },
        { id: 'project.add', label: 'Add Project…', click: () => window.run('project.add') },
        separator,
        ...(browserAddress
          ? [
              {
                id: 'copy-address',
                label: 'Copy Address for a Browser',
                click: () => clipboard.writeText(browserAddress),
              },
              separator,
            ]
          : []),
        { role: 'close', label: 'Close Window' },
        ...(mac ? [] : [separator, settings, separator, ...quit]),
      ],
    },
    { role: 'editMenu' },
    {
      label: 'Go',
      submenu: [
        { id: 'go.board', label: 'Board', click: () => window.go('#/board') },
        { id: 'go.inbox', label: 'Inbox', click: () => window.go('#/inbox') },
        { id: 'go.doctor', label: 'Doctor', click: () => window.go('#/doctor') },
      ],
    },
    {
      role: 'viewMenu',
      submenu: [
        { role: 'reload' },
        ...(developer ? [{ role: 'toggleDevTools' as const }] : []),
        separator,
        { role: 'resetZoom' },
        { role: 'zoomIn' },
        { role: 'zoomOut' },
        separator,
        { role: 'togglefullscreen' },
      ],
    },
    { role: 'windowMenu' },
    {
      role: 'help',
      submenu: [
        { id: 'shortcuts', label: 'All Keys', click: () => window.run('shortcuts') },
        { label: 'Claude Code Documentation', click: () => void shell.openExternal(projectPage) },
        ...(mac ? [] : [separator, { role: 'about' as const }]),
      ],
    },
  ];
  app.setAboutPanelOptions({
    applicationName: 'Control Room',
    applicationVersion: app.getVersion(),
    copyright: 'MIT License',
  });
  Menu.setApplicationMenu(Menu.buildFromTemplate(template));
}
