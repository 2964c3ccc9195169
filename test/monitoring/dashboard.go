// Copyright 2026 The Loadline Authors.
// SPDX-License-Identifier: Apache-2.0

package monitoring

import (
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"

	"github.com/loadline-dev/loadline/test/cluster"
)

// Dashboard is what Grafana shows, as far as it is looked at here.
type Dashboard struct {
	ID            *int    `json:"id"`
	UID           string  `json:"uid"`
	Title         string  `json:"title"`
	SchemaVersion int     `json:"schemaVersion"`
	Panels        []Panel `json:"panels"`
	Templating    struct {
		List []Variable `json:"list"`
	} `json:"templating"`
}

// Variable is chosen by whoever looks at the dashboard.
type Variable struct {
	Name       string `json:"name"`
	Type       string `json:"type"`
	Definition string `json:"definition"`
	AllValue   string `json:"allValue"`
}

// Panel is one graph, or the head of a row.
type Panel struct {
	ID          int         `json:"id"`
	Type        string      `json:"type"`
	Title       string      `json:"title"`
	Description string      `json:"description"`
	Datasource  *Datasource `json:"datasource"`
	GridPos     GridPos     `json:"gridPos"`
	FieldConfig struct {
		Defaults struct {
			Unit string `json:"unit"`
		} `json:"defaults"`
	} `json:"fieldConfig"`
	Targets []Target `json:"targets"`
}

// Datasource is whom a panel asks.
type Datasource struct {
	Type string `json:"type"`
	UID  string `json:"uid"`
}

// GridPos is where a panel is, on a grid that is 24 wide.
type GridPos struct {
	X      int `json:"x"`
	Y      int `json:"y"`
	Width  int `json:"w"`
	Height int `json:"h"`
}

// Overlaps tells whether two panels would cover each other.
func (g GridPos) Overlaps(other GridPos) bool {
	return g.X < other.X+other.Width && other.X < g.X+g.Width && g.Y < other.Y+other.Height && other.Y < g.Y+g.Height
}

// Target is one query of a panel.
type Target struct {
	RefID      string      `json:"refId"`
	Expression string      `json:"expr"`
	Datasource *Datasource `json:"datasource"`
}

// ReadDashboard reads the one that is shipped.
func ReadDashboard() (*Dashboard, error) {
	root, err := cluster.ModuleRoot()
	if err != nil {
		return nil, err
	}
	text, err := os.ReadFile(filepath.Join(root, directory, "shared", "dashboard.json"))
	if err != nil {
		return nil, err
	}
	dashboard := &Dashboard{}
	if err := json.Unmarshal(text, dashboard); err != nil {
		return nil, fmt.Errorf("reading the dashboard: %w", err)
	}
	return dashboard, nil
}
