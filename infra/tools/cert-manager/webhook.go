package main

import (
	"github.com/spf13/cobra"

	certwebhook "github.com/cert-manager/cert-manager/internal/webhook"
	logf "github.com/cert-manager/cert-manager/pkg/logs"
	"github.com/cert-manager/cert-manager/pkg/webhook/options"
)

// webhookCommand checks and completes cert-manager's objects for the API server.
func webhookCommand() *cobra.Command {
	settings, err := options.NewWebhookConfiguration()
	if err != nil {
		panic(err) // Its defaults are compiled in.
	}
	command := &cobra.Command{
		Use:  "webhook",
		Args: cobra.NoArgs,
		RunE: func(command *cobra.Command, _ []string) error {
			if err := logf.ValidateAndApply(&settings.Logging); err != nil {
				return err
			}
			log := logf.FromContext(command.Context(), "webhook")
			server, err := certwebhook.NewCertManagerWebhookServer(log, *settings)
			if err != nil {
				return err
			}
			return server.Run(command.Context())
		},
	}
	options.AddConfigFlags(command.Flags(), settings)
	return command
}
