using System.CommandLine;
using Shoal.Load.Http;
using Shoal.Load.Report;

var root = new RootCommand("Load over the wire: measures any HTTP server in a closed loop.")
{
    HttpCommand.Create(),
};
return await root.Parse(args).InvokeAsync();
