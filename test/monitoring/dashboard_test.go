// Copyright 2026 The Loadline Authors.
// SPDX-License-Identifier: Apache-2.0

package monitoring

import (
	"strings"
	"testing"
)

// gridWidth is that of Grafana's grid.
const gridWidth = 24

// The dashboard can be loaded into any Grafana, and none of its panels covers another.
func TestDashboard(t *testing.T) {
	dashboard, err := ReadDashboard()
	if err != nil {
		t.Fatal(err)
	}
	if dashboard.ID != nil || dashboard.UID == "" || dashboard.Title == "" || dashboard.SchemaVersion < 39 {
		t.Errorf("id %v, uid %q, title %q, schemaVersion %d: want no id, and the others", dashboard.ID, dashboard.UID, dashboard.Title, dashboard.SchemaVersion)
	}
	variables := map[string]string{}
	for _, variable := range dashboard.Templating.List {
		variables[variable.Name] = variable.Type
		if variable.Type == "query" && (variable.AllValue != ".*" || labelValues.FindString(variable.Definition) == "") {
			t.Errorf("variable %s: all is %q and the definition %q, want .* and label_values(metric, label)", variable.Name, variable.AllValue, variable.Definition)
		}
	}
	if variables["datasource"] != "datasource" {
		t.Errorf("there is no variable for the data source, but %v", variables)
	}
	ids := map[int]string{}
	for i, panel := range dashboard.Panels {
		if other, taken := ids[panel.ID]; taken || panel.ID == 0 {
			t.Errorf("panel %q has the id %d, and so has %q", panel.Title, panel.ID, other)
		}
		ids[panel.ID] = panel.Title
		if panel.GridPos.Width < 1 || panel.GridPos.Height < 1 || panel.GridPos.X < 0 || panel.GridPos.X+panel.GridPos.Width > gridWidth {
			t.Errorf("panel %q is not on the grid: %+v", panel.Title, panel.GridPos)
		}
		for _, other := range dashboard.Panels[:i] {
			if panel.GridPos.Overlaps(other.GridPos) {
				t.Errorf("panel %q at %+v covers %q at %+v", panel.Title, panel.GridPos, other.Title, other.GridPos)
			}
		}
		if panel.Type != "row" {
			checkPanel(t, &panel, variables)
		}
	}
}

func checkPanel(t *testing.T, panel *Panel, variables map[string]string) {
	t.Helper()
	if panel.Title == "" || panel.Description == "" || panel.FieldConfig.Defaults.Unit == "" || len(panel.Targets) == 0 {
		t.Errorf("panel %d %q: description %q, unit %q, %d targets: none may be missing", panel.ID, panel.Title, panel.Description, panel.FieldConfig.Defaults.Unit, len(panel.Targets))
	}
	checkDatasource(t, panel.Title, panel.Datasource)
	references := map[string]bool{}
	for _, target := range panel.Targets {
		checkDatasource(t, panel.Title, target.Datasource)
		if references[target.RefID] || target.RefID == "" {
			t.Errorf("panel %q: two targets are %q, or one has no name", panel.Title, target.RefID)
		}
		references[target.RefID] = true
		selectors, err := SelectorsIn(target.Expression)
		if err != nil || len(selectors) == 0 {
			t.Errorf("panel %q: it asks for nothing: %v", panel.Title, err)
		}
		for _, part := range strings.Split(target.Expression, "$")[1:] {
			name := part[:strings.IndexFunc(part+" ", func(r rune) bool { return r != '_' && (r < 'a' || r > 'z') })]
			if variables[name] == "" && name != "__rate_interval" {
				t.Errorf("panel %q: there is no variable %q", panel.Title, name)
			}
		}
	}
}

func checkDatasource(t *testing.T, panel string, source *Datasource) {
	t.Helper()
	if source == nil || source.Type != "prometheus" || source.UID != "${datasource}" {
		t.Errorf("panel %q: the data source is %+v, want the one that is chosen", panel, source)
	}
}
