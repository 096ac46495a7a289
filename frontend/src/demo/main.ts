// The pages of the demo: the start page, and the page that signs a demo person in with the secrets
// in its URL. They are a separate build, in a folder that only `amends demo` serves, and the app
// imports nothing from here (imports.test.ts). So no URL of a real server can sign anybody in.

import '../lib/ui/tokens.css';
import '../lib/ui/base.css';
import '../lib/ui/layout.css';
import '../lib/ui/text.css';
import '../lib/ui/parts.css';
import '../lib/ui/fields.css';
import { mount } from 'svelte';
import { text } from '../lib/text/text.svelte';
import Open from './Open.svelte';
import Start from './Start.svelte';

const target = document.getElementById('app');
const page = location.pathname === '/open' ? Open : Start;
void text.begin().then(() => target && mount(page, { target }));
