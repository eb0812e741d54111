using System.CommandLine;
using Shoal.Benchmarks.Import;
using Shoal.Benchmarks.Micro;

var root = new RootCommand("Benchmarks inside the process.") { ImportCommand.Create(), MicroCommand.Create() };
return await root.Parse(args).InvokeAsync();
