// Exports a guest's pages for the person alone, as for a participant: one plain file per page.

import { fromBody, titleOf } from '../../lib/sheet/answers';
import { everyWord } from '../../lib/sheet/everyword';
import { savePage } from '../../lib/sheet/export';
import { loadForm } from '../../lib/sheet/forms';
import type { DevicePage } from '../../lib/guest/store';
import { text } from '../../lib/text/text.svelte';
import { meetingText } from '../../lib/text/sections/meeting';

export async function saveDevicePages(pages: DevicePage[]): Promise<void> {
  for (const { body } of pages) {
    const { answers, tpl } = fromBody(body);
    const form = everyWord(await loadForm(tpl, text.language, 'twelve_step'), answers);
    savePage(form, answers, titleOf(answers) || meetingText().kept.untitled, text.language);
  }
}
