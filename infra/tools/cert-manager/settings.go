package main

import (
	"fmt"
	"os"
	"time"

	"github.com/spf13/pflag"
	"k8s.io/apimachinery/pkg/api/resource"
	meta "k8s.io/apimachinery/pkg/apis/meta/v1"
	logsapi "k8s.io/component-base/logs/api/v1"
	"sigs.k8s.io/yaml"

	"github.com/cert-manager/cert-manager/pkg/controller"
	"github.com/cert-manager/cert-manager/pkg/issuer/acme/dns/util"
	logf "github.com/cert-manager/cert-manager/pkg/logs"
)

// Upstream's own defaults, v1.21.
const (
	healthAddress      = "0.0.0.0:9403"
	workers            = 5
	requestsPerSecond  = 20
	requestsBurst      = 50
	shortestBackoff    = time.Hour
	longestBackoff     = 32 * time.Hour
	solverCPU          = "10m"
	solverMemory       = "64Mi"
	solverCPUMost      = "100m"
	defaultIssuerKind  = "Issuer"
	defaultIssuerGroup = "cert-manager.io"
)

// settings of the controller: flags as upstream's chart gives them, and its `config` file.
type settings struct {
	file              string
	elect             bool
	electionNamespace string
	clusterNamespace  string
	solverImage       string
	challenges        int
	verbosity         *logsapi.LoggingConfiguration
	configFile
}

// configFile: what of a ControllerConfiguration is heeded. Anything else is refused, not passed over.
type configFile struct {
	meta.TypeMeta    `json:",inline"`
	EnableGatewayAPI bool `json:"enableGatewayAPI"`
	ACMEDNS01Config  struct {
		RecursiveNameservers     []string      `json:"recursiveNameservers"`
		RecursiveNameserversOnly bool          `json:"recursiveNameserversOnly"`
		CheckRetryPeriod         meta.Duration `json:"checkRetryPeriod"`
	} `json:"acmeDNS01Config"`
}

func addSettings(set *pflag.FlagSet) *settings {
	chosen := &settings{}
	dns := &chosen.ACMEDNS01Config
	dns.CheckRetryPeriod.Duration = 10 * time.Second
	set.StringVar(&chosen.file, "config", "", "a ControllerConfiguration")
	set.BoolVar(&chosen.elect, "leader-elect", true, "let one of several work")
	set.StringVar(&chosen.electionNamespace, "leader-election-namespace", "kube-system", "where the lease lies")
	set.StringVar(&chosen.clusterNamespace, "cluster-resource-namespace", "kube-system", "where Secrets of ClusterIssuers lie")
	set.StringVar(&chosen.solverImage, "acme-http01-solver-image", "", "of the Pod that answers HTTP-01")
	set.IntVar(&chosen.challenges, "max-concurrent-challenges", 60, "how many at a time")
	set.StringSliceVar(&dns.RecursiveNameservers, "dns01-recursive-nameservers", nil, "host:port, instead of resolv.conf's")
	set.BoolVar(&dns.RecursiveNameserversOnly, "dns01-recursive-nameservers-only", false, "ask no name server of the zone")
	chosen.verbosity = addVerbosity(set)
	return chosen
}

func addVerbosity(set *pflag.FlagSet) *logsapi.LoggingConfiguration {
	verbosity := logsapi.NewLoggingConfiguration()
	logf.AddFlags(verbosity, set)
	return verbosity
}

func (chosen *settings) readFile() error {
	if chosen.file == "" {
		return nil
	}
	text, err := os.ReadFile(chosen.file)
	if err != nil {
		return err
	}
	if err := yaml.UnmarshalStrict(text, &chosen.configFile); err != nil {
		return fmt.Errorf("%s: %w", chosen.file, err)
	}
	return nil
}

func (chosen *settings) options() controller.ContextOptions {
	dns := chosen.ACMEDNS01Config
	servers := dns.RecursiveNameservers
	if len(servers) == 0 {
		servers = util.RecursiveNameservers
	}
	return controller.ContextOptions{
		KubernetesAPIQPS:   requestsPerSecond,
		KubernetesAPIBurst: requestsBurst,
		IssuerOptions: controller.IssuerOptions{
			ClusterResourceNamespace:        chosen.clusterNamespace,
			ClusterIssuerAmbientCredentials: true,
		},
		ACMEOptions: controller.ACMEOptions{
			HTTP01SolverImage:                 chosen.solverImage,
			HTTP01SolverResourceRequestCPU:    resource.MustParse(solverCPU),
			HTTP01SolverResourceRequestMemory: resource.MustParse(solverMemory),
			HTTP01SolverResourceLimitsCPU:     resource.MustParse(solverCPUMost),
			HTTP01SolverResourceLimitsMemory:  resource.MustParse(solverMemory),
			ACMEHTTP01SolverRunAsNonRoot:      true,
			DNS01CheckAuthoritative:           !dns.RecursiveNameserversOnly,
			DNS01Nameservers:                  servers,
			DNS01CheckRetryPeriod:             dns.CheckRetryPeriod.Duration,
		},
		IngressShimOptions: controller.IngressShimOptions{
			DefaultIssuerKind:                 defaultIssuerKind,
			DefaultIssuerGroup:                defaultIssuerGroup,
			DefaultAutoCertificateAnnotations: []string{"kubernetes.io/tls-acme"},
		},
		CertificateOptions: controller.CertificateOptions{
			CopiedAnnotationPrefixes: []string{
				"*", "-kubectl.kubernetes.io/", "-fluxcd.io/", "-argocd.argoproj.io/",
			},
			CertificateRequestMinimumBackoffDuration: shortestBackoff,
			CertificateRequestMaximumBackoffDuration: longestBackoff,
		},
		SchedulerOptions: controller.SchedulerOptions{MaxConcurrentChallenges: chosen.challenges},
		ConfigOptions:    controller.ConfigOptions{EnableGatewayAPI: chosen.EnableGatewayAPI},
	}
}
