// One program for cert-manager's parts: controller, webhook, cainjector, startupapicheck by its
// first word. Upstream's own commands are modules of their own that the Go module proxy does not
// serve; these start the same packages. Flags: those that upstream's chart gives.
//
// The module's path lies below cert-manager's, as that of upstream's commands does, because Go lets
// only such a module import its `internal` packages.
package main

import (
	"context"
	"fmt"
	"os"
	"os/signal"
	"syscall"

	"github.com/spf13/cobra"
	ctrl "sigs.k8s.io/controller-runtime"

	logf "github.com/cert-manager/cert-manager/pkg/logs"
)

func main() {
	logf.InitLogs()
	defer logf.FlushLogs()
	ctrl.SetLogger(logf.Log)
	ctx, stop := signal.NotifyContext(context.Background(), syscall.SIGTERM, syscall.SIGINT)
	defer stop()
	root := &cobra.Command{Use: "cert-manager", SilenceUsage: true}
	root.AddCommand(controllerCommand(), webhookCommand(), cainjectorCommand(), checkCommand())
	if err := root.ExecuteContext(logf.NewContext(ctx, logf.Log)); err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}
