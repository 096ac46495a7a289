import './lib/ui/tokens.css';
import './lib/ui/base.css';
import './lib/ui/places.css';
import './lib/ui/extra.css';
import './lib/ui/voices.css';
import { mount } from 'svelte';
import App from './App.svelte';
import { text } from './lib/text/text.svelte';

const target = document.getElementById('app');
void text.begin().then(() => target && mount(App, { target }));
