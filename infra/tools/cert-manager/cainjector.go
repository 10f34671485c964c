package main

import (
	"github.com/spf13/cobra"
	admissionregistration "k8s.io/api/admissionregistration/v1"
	core "k8s.io/api/core/v1"
	apiextensions "k8s.io/apiextensions-apiserver/pkg/apis/apiextensions/v1"
	"k8s.io/apimachinery/pkg/runtime"
	clientscheme "k8s.io/client-go/kubernetes/scheme"
	logsapi "k8s.io/component-base/logs/api/v1"
	aggregation "k8s.io/kube-aggregator/pkg/apis/apiregistration/v1"
	ctrl "sigs.k8s.io/controller-runtime"
	"sigs.k8s.io/controller-runtime/pkg/client"
	"sigs.k8s.io/controller-runtime/pkg/metrics/server"

	certmanager "github.com/cert-manager/cert-manager/pkg/apis/certmanager/v1"
	"github.com/cert-manager/cert-manager/pkg/controller/cainjector"
	logf "github.com/cert-manager/cert-manager/pkg/logs"
	"github.com/cert-manager/cert-manager/pkg/util"
)

// cainjectorCommand puts the CA that signs the webhook's certificate where the API server reads it.
func cainjectorCommand() *cobra.Command {
	var electionNamespace, metrics string
	var elect bool
	var verbosity *logsapi.LoggingConfiguration
	command := &cobra.Command{
		Use:  "cainjector",
		Args: cobra.NoArgs,
		RunE: func(command *cobra.Command, _ []string) error {
			if err := logf.ValidateAndApply(verbosity); err != nil {
				return err
			}
			kinds := runtime.NewScheme()
			for _, add := range []func(*runtime.Scheme) error{
				clientscheme.AddToScheme,
				admissionregistration.AddToScheme,
				apiextensions.AddToScheme,
				aggregation.AddToScheme,
				certmanager.AddToScheme,
			} {
				if err := add(kinds); err != nil {
					return err
				}
			}
			cluster, err := ctrl.GetConfig()
			if err != nil {
				return err
			}
			// What it applies is its own by this name.
			cluster = util.RestConfigWithUserAgent(cluster, "cainjector")
			// Secrets are read one by one: the cache would hold all of the cluster's.
			uncached := &client.CacheOptions{DisableFor: []client.Object{&core.Secret{}}}
			manager, err := ctrl.NewManager(cluster, ctrl.Options{
				Scheme:                        kinds,
				Client:                        client.Options{Cache: uncached},
				Metrics:                       server.Options{BindAddress: metrics},
				LeaderElection:                elect,
				LeaderElectionID:              "cert-manager-cainjector-leader-election",
				LeaderElectionNamespace:       electionNamespace,
				LeaderElectionReleaseOnCancel: true,
			})
			if err != nil {
				return err
			}
			everything := cainjector.SetupOptions{
				EnableCertificatesDataSource: true,
				EnabledReconcilersFor: map[string]bool{
					cainjector.MutatingWebhookConfigurationName:   true,
					cainjector.ValidatingWebhookConfigurationName: true,
					cainjector.APIServiceName:                     true,
					cainjector.CustomResourceDefinitionName:       true,
				},
			}
			if err := cainjector.RegisterAllInjectors(command.Context(), manager, everything); err != nil {
				return err
			}
			return manager.Start(command.Context())
		},
	}
	flags := command.Flags()
	flags.StringVar(&electionNamespace, "leader-election-namespace", "kube-system", "where the lease lies")
	flags.BoolVar(&elect, "leader-elect", true, "let one of several work")
	flags.StringVar(&metrics, "metrics-listen-address", "0.0.0.0:9402", "0 for none")
	verbosity = addVerbosity(flags)
	return command
}
