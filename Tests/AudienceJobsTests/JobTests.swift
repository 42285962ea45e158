import AudienceJobs
import HindsightCore
import HindsightTesting
import Testing

@Suite("A job") struct JobTests {
    @Test("is requested once, and asking again with the same form adds nothing") func requestingTwice() async throws {
        let request = try await Facts.request()
        try Scenario(Job.self).when(.request(request)).then(.requested(request))
        var later = request
        later.at = Facts.now.advanced(by: .hours(1))
        try Scenario(Job.self).given(.requested(request)).when(.request(later)).then()
        try Scenario(Job.self).given(try await Facts.running()).when(.request(later)).then()
    }

    @Test("keeps its id from another form") func takenID() async throws {
        let request = try await Facts.request()
        var other = request
        other.audienceType = "new-clients"
        try Scenario(Job.self).given(.requested(request)).when(.request(other)).thenRejected(.idTaken)
    }

    @Test("runs paragraphs in order, and only when they were asked for") func order() async throws {
        let running = try await Facts.running()
        try Scenario(Job.self).given(running).when(.recordFinish(of: Facts.finished(step: 0))).then(
            .paragraphFinished(Facts.finished(step: 0)))
        try Scenario(Job.self).given(running).when(.recordFinish(of: Facts.finished(step: 1))).thenRejected(.outOfOrder(.running))
        let between = running + [.paragraphFinished(Facts.finished(step: 0))]
        try Scenario(Job.self).given(between).when(.requestParagraph(Facts.requested(step: 1)))
            .then(.paragraphRequested(Facts.requested(step: 1)))
        try Scenario(Job.self).given(between).when(.requestParagraph(Facts.requested(step: 2))).thenRejected(.outOfOrder(.running))
    }

    @Test("begins again at the first paragraph when the session was lost") func lostSession() async throws {
        let lost = SessionLost(job: Facts.job, pass: 1, cause: .paragraphAborted, at: Facts.now)
        let stopped = try await Facts.running() + [.paragraphFailed(Facts.failed(step: 0, .paragraphAborted))]
        try Scenario(Job.self).given(stopped).when(.recordLostSession(lost)).then(.sessionLost(lost))
        try Scenario(Job.self).given(stopped + [.sessionLost(lost)]).when(.requestParagraph(Facts.requested(pass: 2, step: 0)))
            .then(.paragraphRequested(Facts.requested(pass: 2, step: 0)))
        try Scenario(Job.self).given(stopped + [.sessionLost(lost)]).when(.requestParagraph(Facts.requested(pass: 1, step: 1)))
            .thenRejected(.outOfOrder(.running))
    }

    @Test("records that a paragraph moves in whole tenths, each once, and begins anew with the next") func progress() async throws {
        func progressed(_ percent: Int, step: Int = 0) -> ParagraphProgressed {
            ParagraphProgressed(job: Facts.job, pass: 1, step: step, paragraphId: Facts.ids[step], percent: percent, at: Facts.now)
        }
        let running = try await Facts.running()
        try Scenario(Job.self).given(running).when(.act(.recordProgress(progressed(4)))).then(.paragraphProgressed(progressed(4)))
        let seen = running + [.paragraphProgressed(progressed(31))]
        for percent in [0, 30, 31, 39] { try Scenario(Job.self).given(seen).when(.act(.recordProgress(progressed(percent)))).then() }
        try Scenario(Job.self).given(seen).when(.act(.recordProgress(progressed(40)))).then(.paragraphProgressed(progressed(40)))
        let over = seen + [.paragraphFinished(Facts.finished(step: 0))]
        try Scenario(Job.self).given(over).when(.act(.recordProgress(progressed(50)))).then()
        let next = over + [.paragraphRequested(Facts.requested(step: 1))]
        try Scenario(Job.self).given(next).when(.act(.recordProgress(progressed(0, step: 1)))).then(
            .paragraphProgressed(progressed(0, step: 1)))
    }

    @Test("is checked after the last enabled paragraph") func checking() async throws {
        var events = try await Facts.running()
        for step in 0..<3 {
            if step > 0 { events.append(.paragraphRequested(Facts.requested(step: step))) }
            events.append(.paragraphFinished(Facts.finished(step: step)))
        }
        #expect(Job.state(after: events).status == .checking)
        let accepted = ArtifactAccepted(job: Facts.job, path: "a.csv", rows: 1, bytes: 1, sha256: "", at: Facts.now)
        try Scenario(Job.self).given(events).when(.acceptArtifact(accepted)).then(.artifactAccepted(accepted))
        try Scenario(Job.self).given(events).when(.finish(JobFinished(job: Facts.job, at: Facts.now))).thenRejected(.outOfOrder(.checking))
    }

    @Test("posts each notice once, and records its delivery once") func notices() async throws {
        let notice = NoticePosted(
            job: Facts.job, notice: "n1", channel: "inbox", recipient: nil, status: .failed, subject: "s", text: "t", at: Facts.now)
        let failed = JobFailed(job: Facts.job, cause: .noteMissing, reason: "r", at: Facts.now)
        let over = try await Facts.running() + [.paragraphFailed(Facts.failed(step: 0, .noteMissing)), .failed(failed)]
        let delivered = NoticeDelivered(NoticeRequest(notice), attempts: 1, reply: nil, at: Facts.now)
        try Scenario(Job.self).given(over).when(.post(notice)).then(.noticePosted(notice))
        let posted = over + [.noticePosted(notice)]
        try Scenario(Job.self).given(posted).when(.recordDelivery(delivered)).then(.noticeDelivered(delivered))
        try Scenario(Job.self).given(posted + [.noticeDelivered(delivered)]).when(.recordDelivery(delivered)).then()
        try Scenario(Job.self).given(over + [.noticePosted(notice)]).when(.post(notice)).then()
    }
}

@Suite("An offer") struct OfferTests {
    private func audience(_ job: String, type: String, precedence: Int? = nil) throws -> Offer.Audience {
        Offer.Audience(
            job: try #require(JobID(job)), type: type, cashback: nil, precedence: precedence, path: "a.csv", rows: 3, sha256: "00")
    }

    private func attached(_ audience: Offer.Audience, precedence: Int, replaces: JobID? = nil) -> OfferEvent {
        .audienceAttached(
            AudienceAttached(
                offer: Facts.offer, job: audience.job, audienceType: audience.type, cashback: nil, precedence: precedence, path: "a.csv",
                rows: 3,
                sha256: "00", replaces: replaces, at: Facts.now))
    }

    private static let one = "0193f0a0-0000-7000-8000-000000000001"
    private static let two = "0193f0a0-0000-7000-8000-000000000002"
    private let declared = OfferEvent.declared(OfferDeclared(offer: Facts.offer, title: nil, at: Facts.now))

    @Test("is declared once") func declaring() throws {
        let declare = Offer.Command.declare(Facts.offer, title: nil, at: Facts.now)
        try Scenario(Offer.self).when(declare).then(declared)
        try Scenario(Offer.self).given(declared).when(declare).then()
    }

    @Test("takes no audience before it is declared") func undeclared() throws {
        try Scenario(Offer.self).when(.attach(audience(Self.one, type: "new"), at: Facts.now)).thenRejected(.notDeclared)
    }

    @Test("puts each further type last, unless the form says otherwise") func precedence() throws {
        let first = try audience(Self.one, type: "new", precedence: 4)
        let second = try audience(Self.two, type: "competitor")
        try Scenario(Offer.self).given(declared).when(.attach(first, at: Facts.now)).then(attached(first, precedence: 4))
        try Scenario(Offer.self).given(declared, attached(first, precedence: 4)).when(.attach(second, at: Facts.now))
            .then(attached(second, precedence: 5))
    }

    @Test("replaces an audience of the same type in its place, and takes the same job's once") func replacing() throws {
        let first = try audience(Self.one, type: "new", precedence: 4)
        let second = try audience(Self.two, type: "new")
        try Scenario(Offer.self).given(declared, attached(first, precedence: 4)).when(.attach(second, at: Facts.now))
            .then(attached(second, precedence: 4, replaces: first.job))
        try Scenario(Offer.self).given(declared, attached(first, precedence: 4)).when(.attach(first, at: Facts.now)).then()
    }

    @Test("refuses a precedence that another audience has, in words that name both") func takenPrecedence() throws {
        let first = try audience(Self.one, type: "new", precedence: 4)
        let second = try audience(Self.two, type: "competitor", precedence: 4)
        try Scenario(Offer.self).given(declared, attached(first, precedence: 4)).when(.attach(second, at: Facts.now))
            .thenRejected(.precedenceTaken(4, by: "new"))
        #expect("\(Offer.Rejection.precedenceTaken(4, by: "new"))".hasPrefix("precedence: 4 is that of the audience new already"))
        // A log from before this rule may hold two of one precedence, and goes on.
        let third = try audience("0193f0a0-0000-7000-8000-000000000003", type: "competitor")
        try Scenario(Offer.self).given(declared, attached(first, precedence: 4), attached(second, precedence: 4))
            .when(.attach(third, at: Facts.now)).then(attached(third, precedence: 4, replaces: second.job))
    }

    @Test("takes new terms for the same job's audience") func newTerms() throws {
        let first = try audience(Self.one, type: "new", precedence: 4)
        let moved = try audience(Self.one, type: "new", precedence: 7)
        try Scenario(Offer.self).given(declared, attached(first, precedence: 4)).when(.attach(moved, at: Facts.now))
            .then(attached(moved, precedence: 7))
    }

    @Test("takes 32 types of audiences and no more") func manyAudiences() throws {
        let known = try (1...32).map { attached(try audience(Self.one, type: "t\($0)"), precedence: $0) }
        try Scenario(Offer.self).given([declared] + known).when(.attach(audience(Self.one, type: "more"), at: Facts.now))
            .thenRejected(.tooManyAudiences)
        let newer = try audience(Self.two, type: "t7")
        try Scenario(Offer.self).given([declared] + known).when(.attach(newer, at: Facts.now))
            .then(attached(newer, precedence: 7, replaces: JobID(Self.one)))
    }

    @Test("changes who wins, once, and only for all its types together") func ordering() throws {
        let first = try attached(audience(Self.one, type: "new"), precedence: 4)
        let second = try attached(audience(Self.two, type: "competitor"), precedence: 9)
        let order = Offer.Command.order(["competitor", "new"], at: Facts.now)
        let changed = OfferEvent.precedenceChanged(
            PrecedenceChanged(
                offer: Facts.offer,
                order: [
                    .init(audienceType: "competitor", precedence: 1, before: 9), .init(audienceType: "new", precedence: 2, before: 4),
                ], at: Facts.now))
        try Scenario(Offer.self).given(declared, first, second).when(order).then(changed)
        try Scenario(Offer.self).given(declared, first, second, changed).when(order).then()
        for types in [["new"], ["new", "new"], ["new", "competitor", "other"], ["new", "other"], []] {
            try Scenario(Offer.self).given(declared, first, second).when(.order(types, at: Facts.now))
                .thenRejected(.orderIncomplete(known: ["new", "competitor"]))
        }
        try Scenario(Offer.self).when(order).thenRejected(.notDeclared)
    }
}

@Suite("A cashback") struct CashbackTests {
    @Test(
        "is refused by the name of the member that is wrong",
        arguments: [
            (#"{}"#, ""), (#"{"percent":5,"amountMinor":1,"currency":"RUB"}"#, ""), (#"{"percent":0}"#, "/percent"),
            (#"{"percent":-1}"#, "/percent"), (#"{"percent":100.01}"#, "/percent"), (#"{"percent":5.125}"#, "/percent"),
            (#"{"percent":0.001}"#, "/percent"), (#"{"amountMinor":0,"currency":"RUB"}"#, "/amountMinor"),
            (#"{"amountMinor":1}"#, "/currency"), (#"{"percent":5,"capMinor":1}"#, "/currency"),
            (#"{"percent":5,"currency":"rub"}"#, "/currency"),
            (#"{"amountMinor":500,"capMinor":499,"currency":"RUB"}"#, "/capMinor"),
            (#"{"percent":5,"conditions":{"colour":1}}"#, "/conditions/colour"),
            (#"{"percent":5,"conditions":{"minimumPurchaseMinor":100}}"#, "/currency"),
            (#"{"percent":5,"conditions":{"mcc":[]}}"#, "/conditions/mcc"),
            (#"{"percent":5,"conditions":{"mcc":[5812,5812]}}"#, "/conditions/mcc"),
            (#"{"percent":5,"conditions":{"mcc":["5812"]}}"#, "/conditions/mcc/0"),
            (#"{"percent":5,"conditions":{"mcc":[10000]}}"#, "/conditions/mcc/0"),
            (#"{"percent":5,"conditions":{"period":{"from":"2026-02-30"}}}"#, "/conditions/period/from"),
            (#"{"percent":5,"conditions":{"period":{"from":"2026-07-02","to":"2026-07-01"}}}"#, "/conditions/period/to"),
            (#"{"percent":5,"conditions":{"purchasesPerMonth":0}}"#, "/conditions/purchasesPerMonth"),
        ])
    func wrong(text: String, pointer: String) async throws {
        var form = Facts.form.objectValue ?? [:]
        form["cashback"] = try JSON.decode(JSONValue.self, from: Array(text.utf8))
        do {
            _ = try await Facts.request(.object(form))
            Issue.record("the form was accepted")
        } catch let problems as FormProblems {
            #expect(problems.violations.map(\.pointer) == ["/cashback" + pointer])
        }
    }

    @Test(
        "goes into the job as it was written",
        arguments: [
            #"{"percent":100}"#, #"{"percent":0.01}"#, #"{"percent":33.33}"#, #"{"percent":0.29}"#,
            #"{"amountMinor":500,"capMinor":500,"currency":"RUB"}"#,
            #"{"percent":5,"currency":"RUB","conditions":{"minimumPurchaseMinor":100,"mcc":[5812],"period":{"from":"2026-07-01","to":"2026-07-01"}}}"#,
        ])
    func right(text: String) async throws {
        let cashback = try JSON.decode(JSONValue.self, from: Array(text.utf8))
        var form = Facts.form.objectValue ?? [:]
        form["cashback"] = cashback
        let requested = try await Facts.request(.object(form))
        #expect(try JSON.decode(JSONValue.self, from: JSON.encode(requested.cashback)) == cashback)
    }

    @Test("can be any number of hundredths") func hundredths() throws {
        for number in 1...10_000 {
            let text = "\(number / 100).\(number % 100 < 10 ? "0" : "")\(number % 100)"
            #expect(try JSON.decode(Cashback.self, from: Array(#"{"percent":\#(text)}"#.utf8)).problems.isEmpty)
            #expect(try !JSON.decode(Cashback.self, from: Array(#"{"percent":\#(text)4}"#.utf8)).problems.isEmpty)
        }
    }
}

@Suite("A template") struct TemplateTests {
    @Test("is registered with its note, again when its file changes, and never silently because the note did") func registering() throws {
        let definition = try TemplateDefinition(Facts.definition)
        let registered = TemplateEvent.registered(try Facts.registration())
        try Scenario(Template.self).when(.register(definition, note: Facts.note, at: Facts.now)).then(registered)
        try Scenario(Template.self).given(registered).when(.register(definition, note: Facts.note, at: Facts.now)).then()
        var edited = Facts.note
        edited.paragraphs[2].text += "\n# edited"
        try Scenario(Template.self).given(registered).when(.register(definition, note: edited, at: Facts.now)).thenRejected(.noteChanged)
        var changed = definition
        changed.artifact.path = "audiences/{job}.csv"
        let decision = Scenario(Template.self).given(registered).when(.register(changed, note: edited, at: Facts.now))
        #expect(try decision.outcome.get().count == 1)
    }

    @Test("needs exactly one paragraph with the variables") func variables() throws {
        var definition = try TemplateDefinition(Facts.definition)
        definition.variables.title = "Nothing like it"
        try Scenario(Template.self).when(.register(definition, note: Facts.note, at: Facts.now)).thenRejected(.noVariablesParagraph)
    }

    @Test(
        "refuses a file that could not be run safely, by the place in it",
        arguments: [
            (["artifact", "path"], "all.csv", "/artifact/path"), (["artifact", "path"], "../{job}.csv", "/artifact/path"),
            (["artifact", "optOuts"], "/etc/passwd", "/artifact/optOuts"), (["interpreter"], "scala", "/interpreter"),
            (["parametersAs"], "code", "/parametersAs"), (["kind"], "other", "/kind"), (["name"], "a/b", "/name"),
            (["colour"], "red", "/colour"), (["variables", "id"], "p1", "/variables"),
            (["parameters", "properties", "class"], true, "/parameters/properties/class"),
            (["parameters", "properties", "_form"], true, "/parameters/properties/_form"),
            (["parameters", "properties", "job_id"], true, "/parameters/properties/job_id"),
            (["manualHours"], 0, "/manualHours"), (["manualHours"], 101, "/manualHours"), (["manualHours"], "two", "/manualHours"),
            (["parameters", "additionalProperties"], true, "/parameters"), (["parameters", "oneOf"], [], "/parameters"),
        ] as [([String], JSONValue, String)])
    func unsafeFiles(path: [String], value: JSONValue, pointer: String) throws {
        do {
            _ = try TemplateDefinition(Facts.definition.setting(path[...], to: value))
            Issue.record("the file was accepted")
        } catch {
            #expect(error.pointer == pointer)
        }
    }
}

extension JSONValue {
    fileprivate func setting(_ path: ArraySlice<String>, to value: JSONValue) -> JSONValue {
        guard let name = path.first, case .object(var members) = self else { return value }
        members[name] = (members[name] ?? [:]).setting(path.dropFirst(), to: value)
        return .object(members)
    }
}
