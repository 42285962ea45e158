import Foundation
import HindsightCore
import Testing

@Suite("Command line: evaluation and nightly runs") struct EvaluationCommandTests {
    /// Peter has two cards, and Gleb, his twin, has one; what happens to them is labelled.
    private static let stream = """
        ts,op,source,source_id,surname,given_name,patronymic,birth_date,passport,mobile_phone,args,expect_change
        2020-01-01 09:00:00,UPSERT,CRM,1,Волков,Пётр,Ильич,02.05.1979,4607 445566,+7 903 222-33-44,,
        2020-01-01 10:00:00,UPSERT,IB,1,Волков,Пётр,Ильич,02.05.1979,4607 445566,,,
        2020-01-02 09:00:00,BATCH_MERGE,,,,,,,,,,
        2020-01-03 09:00:00,UPSERT,CRM,2,Волков,Глеб,Ильич,02.05.1979,4607 445567,+7 903 555-66-77,,
        2020-01-04 09:00:00,UPSERT,CRM,1,ВОЛКОВ,ПЁТР,ИЛЬИЧ,02.05.1979,4607 445566,+7 903 222-33-44,,NOISE
        2020-01-05 09:00:00,UPSERT,CRM,1,Заречный,Пётр,Ильич,02.05.1979,4607 445566,+7 903 222-33-44,,PAST:surname
        2020-01-06 09:00:00,UPSERT,IB,1,Волков,Пётр,Ильич,02.05.1989,4607 445566,,,CONFLICT
        2020-01-07 09:00:00,UPSERT,IB,1,Волков,Пётр,Ильич,02.05.1979,4607 445566,,,REVERT
        2020-01-08 09:00:00,UPSERT,CRM,2,Волков,Глеб,Ильич,02.05.1999,4607 445567,+7 903 555-66-77,,CONFLICT_TRUE
        2020-01-09 09:00:00,UPSERT,CRM,2,Волков,Глеб,Ильич,02.05.1999,4607 445567,+7 903 555-66-77,,

        """
    private static let truth = """
        source,source_id,true_person_id,case_tag,twin_group,shoe_size
        CRM,1,p,maiden|twin,t,44
        IB,1,p,,t,
        CRM,2,g,twin,t,43

        """

    private func folder(_ files: [String: String]) throws -> CommandLineFolder {
        let folder = try CommandLineFolder()
        for (name, text) in files { try Data(text.utf8).write(to: folder.url.appending(path: name)) }
        return folder
    }

    private func played() async throws -> CommandLineFolder {
        let folder = try folder(["events.csv": Self.stream, "truth.csv": Self.truth])
        let played = try await folder.hindsight("mdm", "play", "events.csv")
        #expect(played.code == 0, "\(played.errors)")
        return folder
    }

    private func document(_ result: CommandLineFolder.Result) throws -> JSONValue {
        #expect(result.code == 0, "\(result.errors)")
        return try JSON.decode(JSONValue.self, from: Array(result.output.utf8))
    }

    /// The outcomes of one label that occur.
    private func outcomes(_ label: String, in document: JSONValue) throws -> [String: Int64] {
        let rows = try #require(document["changes"]?["confusion"]?["rows"]?.arrayValue)
        let row = try #require(rows.first { $0["label"]?.stringValue == label })
        return try #require(row["outcomes"]?.objectValue).compactMapValues { $0.integerValue }.filter { $0.value > 0 }
    }

    @Test("A played stream is held against its labels: golden records, cases, twins, reviews and changes") func evaluated() async throws {
        let folder = try await played()
        let document = try document(await folder.hindsight("mdm", "evaluate", "truth.csv", "--changes", "events.csv", "--format", "json"))
        let quality = try #require(document["quality"])
        #expect(quality["whole"]?["records"]?.integerValue == 3 && quality["whole"]?["clusters"]?.integerValue == 2)
        #expect(quality["whole"]?["bCubed"]?["f"]?.integerValue == 1 && quality["whole"]?["exactClustersShare"]?.integerValue == 1)
        #expect(quality["slices"]?.arrayValue?.compactMap { $0["tag"]?.stringValue } == ["maiden", "plain", "twin"])
        #expect(quality["twins"]?["groups"]?.integerValue == 1 && quality["twins"]?["pairsGlued"]?.integerValue == 0)
        #expect(document["reviews"]?["opened"]?.integerValue == 2 && document["reviews"]?["open"]?.integerValue == 1)
        // Three cards and two changes that were taken over.
        #expect(document["reviews"]?["updates"]?.integerValue == 5 && document["reviews"]?["casesPer1000Updates"]?.integerValue == 400)
        #expect(try outcomes("NOISE", in: document) == ["spelling": 1])
        #expect(try outcomes("PAST", in: document) == ["pastOpened": 1])
        #expect(try outcomes("CONFLICT", in: document) == ["heldWithdrawn": 1])
        #expect(try outcomes("REVERT", in: document) == ["tookBack": 1])
        #expect(try outcomes("CONFLICT_TRUE", in: document) == ["held": 1])
        // The last statement says what waits already; it left nothing in the log, so nobody knows whether it was played.
        #expect(try outcomes("none", in: document) == ["received": 3])
        #expect(document["changes"]?["notPlayed"]?.integerValue == 1)
        #expect(document["changes"]?["confusion"]?["heldPrecision"]?.integerValue == 1)
    }

    @Test("What a steward decides counts from when he did, and --at asks about before") func decided() async throws {
        let folder = try await played()
        let before = try document(await folder.hindsight("mdm", "evaluate", "truth.csv", "--changes", "events.csv"))
        let reviews = try await folder.hindsight("mdm", "reviews", "--kind", "suspicious-change").output
        let review = String(try #require(reviews.split(separator: "\"review\":\"").last?.prefix(32)))
        #expect(try await folder.hindsight("mdm", "accept", review, "--reason", "seen").code == 0)
        let after = try document(await folder.hindsight("mdm", "evaluate", "truth.csv", "--changes", "events.csv"))
        #expect(try outcomes("CONFLICT_TRUE", in: after) == ["heldAccepted": 1])
        #expect(after["reviews"]?["open"]?.integerValue == 0)
        let position = try #require(before["position"]?.integerValue)
        let again = try await folder.hindsight("mdm", "evaluate", "truth.csv", "--changes", "events.csv", "--at", "position:\(position)")
        #expect(try document(again) == before)
        let early = try document(
            await folder.hindsight("mdm", "evaluate", "truth.csv", "--changes", "events.csv", "--at", "2020-01-01T12:00:00Z"))
        #expect(early["quality"]?["whole"]?["clusters"]?.integerValue == 3 && early["quality"]?["unknownCards"]?.integerValue == 1)
        #expect(try outcomes("none", in: early) == ["received": 2])
        #expect(early["changes"]?["notPlayed"]?.integerValue == 7)
    }

    @Test("Twins in one golden record are told by their cards, and cards that the log does not know are said") func glued() async throws {
        let folder = try await played()
        // By these labels IB:1 is the other twin's.
        let labels = Self.truth.replacing("IB,1,p", with: "IB,1,g") + "LOAN,9,x,,,\n"
        try Data(labels.utf8).write(to: folder.url.appending(path: "truth.csv"))
        let page = try await folder.hindsight("mdm", "evaluate", "truth.csv", "--changes", "events.csv", "--format", "table")
        #expect(page.code == 0 && page.isOneLineOfError, "\(page.errors)")
        #expect(page.errors.contains("the log does not know 1 of 4 cards"))
        let lines = page.lines.map { $0.split(separator: " ").joined(separator: " ") }
        #expect(lines.contains("twins glued 1 pairs (in 1 of 1 groups)"), "\(page.output)")
        #expect(lines.contains { $0.hasPrefix("glued IB:1 | CRM:1 (G") }, "\(page.output)")
        #expect(lines.contains("B-cubed precision 0.75000 recall 0.75000 F 0.75000"), "\(page.output)")
        #expect(lines.contains("merge distance 0.50000 (1 splits, 1 merges; 10 to 1 2.75000)"), "\(page.output)")
        #expect(lines.contains("centaurs 1 (333333.3 per million)"), "\(page.output)")
        #expect(lines.contains("suspicious-change 2 1") && lines.contains("all 2 1"), "\(page.output)")
        #expect(lines.contains("held: precision 1.00000, recall 1.00000"), "\(page.output)")
        for value in ["Волков", "Заречный", "445566"] { #expect(!page.output.contains(value)) }
    }

    @Test("Labels without cases and twins tell the rest, and it is said what is missing") func fewColumns() async throws {
        let folder = try await played()
        let labels = "true_person_id,source_id,source\np,1,CRM\np,1,IB\ng,2,CRM\n"
        try Data(labels.utf8).write(to: folder.url.appending(path: "few.csv"))
        let page = try await folder.hindsight("mdm", "evaluate", "few.csv", "--format", "table")
        #expect(page.code == 0 && page.lines.contains { $0.hasPrefix("plain") })
        #expect(!page.lines.contains { $0.hasPrefix("twins glued") || $0.hasPrefix("CHANGE") })
        #expect(page.errors.contains("has no column case_tag") && page.errors.contains("has no column twin_group"), "\(page.errors)")
    }

    @Test(
        "What can't be evaluated is one line that names the place",
        arguments: [
            ("truth.csv", "source,source_id,case_tag\nCRM,1,\n", "truth.csv, line 1: has no column true_person_id"),
            ("truth.csv", "source,source_id,true_person_id\nCRM,1,p\nC:M,2,p\n", "truth.csv, line 3: source is a name without spaces"),
            ("truth.csv", "source,source_id,true_person_id\nCRM,1,p\nCRM,2\n", "truth.csv, line 3: has 2 fields, the heading has 3"),
            ("truth.csv", "source,source_id,true_person_id\nCRM,1,p\nCRM,2,\n", "truth.csv, line 3: true_person_id is empty"),
            ("truth.csv", "source,source_id,true_person_id\nCRM,1,p\nCRM,1,q\n", "truth.csv, line 3: card CRM:1 stands in line 2 as well"),
            ("truth.csv", "source,source_id,true_person_id\n", "truth.csv: has no cards"),
            ("truth.csv", "", "truth.csv, line 1: is empty"),
            ("events.csv", "ts,op,source,source_id\n2020-01-01 09:00:00,UPSERT,CRM,1\n", "events.csv, line 1: has no column expect_change"),
            ("events.csv", stream.replacing("CRM,2", with: "CRM,3"), "the log was not played from events.csv: changes are found by"),
        ])
    func refused(file: String, content: String, complaint: String) async throws {
        let folder = try await played()
        try Data(content.utf8).write(to: folder.url.appending(path: file))
        let result = try await folder.hindsight("mdm", "evaluate", "truth.csv", "--changes", "events.csv")
        #expect(result.code == 1 && result.isOneLineOfError && result.output.isEmpty)
        #expect(result.errors.hasPrefix("hindsight: \(complaint)"), "\(result.errors)")
    }

    @Test("A file that is not there, a log without cards, a log of an ingest and a moment before the first card are told apart")
    func nothingThere() async throws {
        let folder = try folder(["truth.csv": Self.truth, "events.csv": Self.stream])
        func refusal(_ arguments: String) async throws -> String {
            let result = try await folder.shell("$HINDSIGHT mdm evaluate \(arguments)")
            #expect(result.code == 1 && result.isOneLineOfError && result.output.isEmpty, "\(result.errors)")
            return result.errors
        }
        #expect(try await refusal("missing.csv").contains("missing.csv: cannot be opened"))
        #expect(try await refusal("truth.csv").contains("there is no log in"))
        let merge = try await folder.hindsight("mdm", "merge")
        #expect(merge.code == 1 && merge.isOneLineOfError && merge.errors.contains("there is no log in"))
        #expect(!FileManager.default.fileExists(atPath: folder.url.appending(path: "hindsight-data").path))
        _ = try await folder.hindsight("append", "order-1", input: #"{"type":"t","data":{}}"#)
        #expect(try await refusal("truth.csv").contains("the log holds no cards as of position 1"))
        let card = #"{"source":"CRM","id":"1","attributes":{"surname":"Волков"}}"#
        try Data(card.utf8).write(to: folder.url.appending(path: "cards.ndjson"))
        #expect(try await folder.hindsight("mdm", "ingest", "cards.ndjson").code == 0)
        #expect(try await refusal("truth.csv --at position:1").contains("the log holds no cards as of position 1"))
        #expect(try await refusal("truth.csv --changes missing.csv").contains("missing.csv: cannot be opened"))
        #expect(try await refusal("truth.csv --changes events.csv").contains("the log was not played from events.csv"))
        #expect(try await folder.hindsight("mdm", "evaluate", "truth.csv").code == 0)
    }

    @Test("A nightly run matches what a play left, and says when there is nothing to do") func merge() async throws {
        // Without its night, the stream leaves Peter's two cards apart.
        let night = "2020-01-02 09:00:00,BATCH_MERGE,,,,,,,,,,\n"
        let folder = try folder(["events.csv": Self.stream.replacing(night, with: ""), "truth.csv": Self.truth])
        #expect(try await folder.hindsight("mdm", "play", "events.csv").code == 0)
        let apart = try document(await folder.hindsight("mdm", "evaluate", "truth.csv"))
        #expect(apart["quality"]?["whole"]?["merges"]?.integerValue == 1)
        let run = try document(await folder.hindsight("mdm", "merge"))
        #expect(run["run"]?.integerValue == 1 && run["cards"]?.integerValue == 3)
        #expect(run["merged"]?.integerValue == 1 && run["groups"]?.integerValue == 1)
        let together = try document(await folder.hindsight("mdm", "evaluate", "truth.csv"))
        #expect(together["quality"]?["whole"]?["merges"]?.integerValue == 0)
        let head = together["position"]?.integerValue
        let again = try await folder.hindsight("mdm", "merge", "--format", "table")
        #expect(again.code == 0 && again.lines == ["run  none: no card was touched since the run before"])
        #expect(try document(await folder.hindsight("mdm", "merge"))["cards"]?.integerValue == 0)
        #expect(try document(await folder.hindsight("mdm", "evaluate", "truth.csv"))["position"]?.integerValue == head)
    }
}
