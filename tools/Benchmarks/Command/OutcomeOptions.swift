import ArgumentParser

/// Where a benchmark works, and what becomes of its figures.
struct OutcomeOptions: ParsableArguments {
    @Option(help: ArgumentHelp("Write every figure of every round there.", valueName: "file"))
    var json: String?

    @Option(help: ArgumentHelp("Where the databases lie for the time of the run; not a file system in memory.", valueName: "folder"))
    var folder: String?

    @Flag(help: "Exit with 1 when a threshold that was measured is not met, or none was measured.")
    var check = false

    func workFolder() throws -> WorkFolder { try WorkFolder(in: folder) }

    /// Holds the figures against the thresholds, prints them, and ends the program with the verdict if that is wanted.
    func conclude(_ record: inout RunRecord, _ thresholds: [Threshold]) throws {
        record.verdicts = thresholds.map { Verdict($0, rounds: record.rounds) }
        print(Report(record).text)
        if let json { try record.write(to: json) }
        let measured = record.verdicts.filter { $0.value != nil }
        if check, measured.isEmpty || measured.contains(where: { !$0.isMet }) { throw ExitCode(1) }
    }
}
