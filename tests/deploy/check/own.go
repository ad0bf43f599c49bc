// Types for what has none that is light: the parts of each format that deploy/ uses. What they lack is refused, so a
// misspelt key does not pass.
package main

import (
	"fmt"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"sigs.k8s.io/yaml"
)

// Of the Prometheus operator, monitoring.coreos.com/v1.
type podMonitor struct {
	metav1.TypeMeta   `json:",inline"`
	metav1.ObjectMeta `json:"metadata"`
	Spec              struct {
		Selector            metav1.LabelSelector `json:"selector"`
		PodMetricsEndpoints []struct {
			Port     string `json:"port"`
			Path     string `json:"path"`
			Interval string `json:"interval"`
		} `json:"podMetricsEndpoints"`
	} `json:"spec"`
}

// Of the Compose specification. Lists, where it takes a list or a map or a line.
type compose struct {
	Name     string                    `json:"name"`
	Services map[string]composeService `json:"services"`
	Volumes  map[string]*struct{}      `json:"volumes"`
	Networks map[string]*struct{}      `json:"networks"`
	Secrets  map[string]struct {
		File        string `json:"file,omitempty"`
		Environment string `json:"environment,omitempty"`
	} `json:"secrets"`
}

type composeService struct {
	Image       string            `json:"image,omitempty"`
	Build       *composeBuild     `json:"build,omitempty"`
	Command     []string          `json:"command,omitempty"`
	Environment map[string]string `json:"environment,omitempty"`
	Ports       []string          `json:"ports,omitempty"`
	Volumes     []string          `json:"volumes,omitempty"`
	Secrets     []string          `json:"secrets,omitempty"`
	NetworkMode string            `json:"network_mode,omitempty"`
	Restart     string            `json:"restart,omitempty"`
	StopPeriod  string            `json:"stop_grace_period,omitempty"`
	ReadOnly    bool              `json:"read_only,omitempty"`
	CapDrop     []string          `json:"cap_drop,omitempty"`
	SecurityOpt []string          `json:"security_opt,omitempty"`
	Tmpfs       []string          `json:"tmpfs,omitempty"`
	Init        bool              `json:"init,omitempty"`
	DependsOn   map[string]struct {
		Condition string `json:"condition"`
		Restart   bool   `json:"restart,omitempty"`
	} `json:"depends_on,omitempty"`
	HealthCheck *struct {
		Test        []string `json:"test"`
		Interval    string   `json:"interval"`
		Timeout     string   `json:"timeout,omitempty"`
		StartPeriod string   `json:"start_period,omitempty"`
		Retries     int      `json:"retries,omitempty"`
	} `json:"healthcheck,omitempty"`
}

type composeBuild struct {
	Context    string            `json:"context"`
	Dockerfile string            `json:"dockerfile,omitempty"`
	Args       map[string]string `json:"args,omitempty"`
}

type prometheus struct {
	Global struct {
		ScrapeInterval string `json:"scrape_interval"`
	} `json:"global"`
	ScrapeConfigs []struct {
		JobName       string `json:"job_name"`
		StaticConfigs []struct {
			Targets []string          `json:"targets"`
			Labels  map[string]string `json:"labels,omitempty"`
		} `json:"static_configs"`
	} `json:"scrape_configs"`
}

// Grafana's provisioning files.
type datasources struct {
	APIVersion  int `json:"apiVersion"`
	Datasources []struct {
		Name      string `json:"name"`
		UID       string `json:"uid"`
		Type      string `json:"type"`
		Access    string `json:"access"`
		URL       string `json:"url"`
		IsDefault bool   `json:"isDefault"`
	} `json:"datasources"`
}

type dashboards struct {
	APIVersion int `json:"apiVersion"`
	Providers  []struct {
		Name    string `json:"name"`
		Type    string `json:"type"`
		Options struct {
			Path string `json:"path"`
		} `json:"options"`
	} `json:"providers"`
}

func decodeOwn(what string, content []byte) ([]any, error) {
	own := map[string]any{
		"compose": &compose{}, "prometheus": &prometheus{}, "datasources": &datasources{}, "dashboards": &dashboards{},
	}
	into, known := own[what]
	if !known {
		return nil, fmt.Errorf("no such thing to check: %q", what)
	}
	return []any{into}, yaml.UnmarshalStrict(content, into)
}
