using System.CommandLine;
using Shoal.Load.Databases;
using Shoal.Load.Http;
using Shoal.Load.Machine;
using Shoal.Load.Report;

var root = new RootCommand("Load over the wire, and the report of a run.")
{
    HttpCommand.Create(),
    DatabasesCommand.Create(),
    MachineCommand.Create(),
    ReportCommand.Create(),
};
return await root.Parse(args).InvokeAsync();
