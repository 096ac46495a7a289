import './lib/ui/tokens.css';
import './lib/ui/base.css';
import './lib/ui/layout.css';
import './lib/ui/text.css';
import './lib/ui/parts.css';
import './lib/ui/fields.css';
import { mount } from 'svelte';
import App from './App.svelte';
import { text } from './lib/text/text.svelte';

const target = document.getElementById('app');
void text.begin().then(() => target && mount(App, { target }));
