// Copyright 2026 The Loadline Authors.
// SPDX-License-Identifier: Apache-2.0

// The page: asks the scheduler again and again, and shows what it says.

import { BannerView } from "./view/banner.ts";
import { EvictionsView } from "./view/evictions.ts";
import { NodesView } from "./view/nodes.ts";
import { RulesView } from "./view/rules.ts";
import { TimeView } from "./view/time.ts";
import { WaitingView } from "./view/waiting.ts";
import { get, type Known, Watch } from "./watch.ts";

const time = new TimeView(() => watch.look());
const banner = new BannerView();
const views = [banner, new NodesView(get), time, new RulesView(), new WaitingView(), new EvictionsView()];
const watch = new Watch(get, () => time.minutes(), show);

/** show has all parts show what is known. One that fails keeps no other from it. */
function show(known: Known): void {
  for (const view of views) {
    try {
      view.show(known);
    } catch (error) {
      reportError(error);
    }
  }
}

watch.start();
window.setInterval(() => {
  if (!document.hidden) {
    banner.tick(watch.known);
  }
}, 1000);
