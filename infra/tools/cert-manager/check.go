package main

import (
	"context"
	"fmt"
	"os"
	"time"

	"github.com/spf13/cobra"
	"k8s.io/apimachinery/pkg/util/wait"
	ctrl "sigs.k8s.io/controller-runtime"

	"github.com/cert-manager/cert-manager/pkg/util/cmapichecker"
)

const lookAgain = time.Second

// checkCommand is the image of upstream's startupapicheck: it ends well once the webhook answers.
func checkCommand() *cobra.Command {
	var within time.Duration
	api := &cobra.Command{
		Use:  "api",
		Args: cobra.NoArgs,
		RunE: func(command *cobra.Command, _ []string) error {
			cluster, err := ctrl.GetConfig()
			if err != nil {
				return err
			}
			// Where its account may ask for one.
			checker, err := cmapichecker.New(cluster, os.Getenv("POD_NAMESPACE"))
			if err != nil {
				return err
			}
			var last error
			asked := func(ctx context.Context) (bool, error) {
				before := last
				last = checker.Check(ctx)
				if last != nil && (before == nil || before.Error() != last.Error()) {
					fmt.Println("Not ready:", last)
				}
				return last == nil, nil
			}
			err = wait.PollUntilContextTimeout(command.Context(), lookAgain, within, true, asked)
			if err != nil {
				return fmt.Errorf("cert-manager's API does not answer as it should: %w", last)
			}
			fmt.Println("The cert-manager API is ready")
			return nil
		},
	}
	api.Flags().DurationVar(&within, "wait", time.Minute, "how long to wait")
	check := &cobra.Command{Use: "check"}
	check.AddCommand(api)
	return check
}
