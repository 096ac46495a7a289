import { expect, it, vi } from 'vitest';
import { hearTabs, tellTabs } from './othertabs';

it('other tabs get a message without content', async () => {
  const heard: unknown[] = [];
  const channel = vi.fn();
  vi.stubGlobal('BroadcastChannel', new Proxy(BroadcastChannel, { construct: (of, [name]: [string]) => (channel(name), new of(name)) }));
  hearTabs((...given) => heard.push((given as [MessageEvent?])[0]?.data));
  tellTabs();
  await vi.waitFor(() => expect(heard).toEqual([null]));
  expect(channel.mock.calls).toEqual([['readers'], ['readers']]);
  vi.stubGlobal('BroadcastChannel', undefined);
  vi.unstubAllGlobals();
});
