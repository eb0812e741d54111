using System.CommandLine;
using Shoal.Benchmarks.Client;
using Shoal.Benchmarks.History;
using Shoal.Benchmarks.Hosting;
using Shoal.Benchmarks.Import;
using Shoal.Benchmarks.Items;
using Shoal.Benchmarks.Micro;
using Shoal.Benchmarks.Recovery;
using Shoal.Benchmarks.Sync;
using Shoal.Benchmarks.Writes;

var root = new RootCommand("Benchmarks inside the process.") 
{
    ClientCommand.Create(), CopyCommand.Create(), HistoryCommand.Create(), HostingCommand.Create(), ImportCommand.Create(), ItemsCommand.Create(),
    MicroCommand.Create(), PushCommand.Create(), RecoveryCommand.Create(),
    SyncCommand.Create(), WritesCommand.Create(),
};
return await root.Parse(args).InvokeAsync();
