namespace Shoal.Engine.Doctor;

/// <summary>How far an examination is.</summary>
/// <param name="Step">What it does, as a person reads it.</param>
/// <param name="Bytes">Bytes of database files checked.</param>
/// <param name="TotalBytes">Of how many; 0 while not known.</param>
public readonly record struct DoctorProgress(string Step, long Bytes, long TotalBytes);
