// A copy of a guest's pages for the person alone, as a participant gets one: a plain file each.

import { fromBody, titleOf } from '../../lib/sheet/answers';
import { savePage } from '../../lib/sheet/export';
import { loadForm } from '../../lib/sheet/forms';
import type { DevicePage } from '../../lib/guest/store';
import { text } from '../../lib/text/text.svelte';

export async function saveDevicePages(pages: DevicePage[]): Promise<void> {
  const form = await loadForm('entry', text.language, 'twelve_step');
  for (const { body } of pages) {
    const { answers } = fromBody(body);
    savePage(form, answers, titleOf(answers) || text.t.guest.kept.untitled, text.language);
  }
}
