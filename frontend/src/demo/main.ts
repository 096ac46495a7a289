// The demo's own pages: the start page, and the one that opens a made-up person from the secrets
// in its address. They are built apart from the app, into a folder that only `amends demo` serves;
// nothing of the app may import from here. So no address of a real server signs anybody in.

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
