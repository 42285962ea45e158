/// Which given names a short English form may stand for: always a set, because Alex may be Alexander or Alexandra.
enum EnglishNicknames {
    static func isKnown(_ name: Word) -> Bool { meanings[name] != nil }

    /// The likeliest first; the name itself where it is none we know, or a name in its own right.
    static func meant(by name: Word) -> [Word] { meanings[name] ?? [name] }

    private static let meanings: [Word: [Word]] = {
        var (meanings, full): ([Word: [Word]], Set<Word>) = ([:], [])
        for line in table.split(separator: "\n") {
            let names = line.split(separator: " ").map { Word(String($0)) }
            guard let first = names.first else { continue }
            full.insert(first)
            for name in names where !(meanings[name]?.contains(first) ?? false) { meanings[name, default: []].append(first) }
        }
        for name in full { meanings[name] = [name] + (meanings[name] ?? []).filter { $0 != name } }
        return meanings
    }()

    /// Full form first, then what may be said or written for it. No library of Debian has such a table.
    private static let table = """
        aaron ron
        abigail abby gail abbie
        abraham abe
        adam
        adrian
        agnes aggie
        aidan aiden
        albert al bert bertie
        alexander alex alec sandy xander al lex
        alexandra alex sandra lexi alexa
        alfred al alf fred alfie
        alice
        alicia
        alison ali
        alyssa
        amanda mandy amanda
        amber
        amelia amy millie mia
        amy
        andrea andie
        andrew andy drew
        angela angie
        angelina angie lina
        angus gus
        ann annie nan anne
        anna annie
        anne annie ann
        anthony tony ant antony
        arthur art artie
        ashley ash ashleigh
        barbara barb babs barbie
        barnaby barney
        bartholomew bart
        beatrice bea trixie
        benjamin ben benji benny
        bernard bernie
        bethany beth
        beverley bev beverly
        bianca
        blake
        bradley brad
        brandon
        brendan brenden
        brian bryan bri
        bridget biddy bridie
        brittany britt brittney
        brodie
        caitlin cait kate kaitlin kaitlyn katelyn
        caleb cal
        callum cal calum
        cameron cam
        caroline carrie caro lina
        carolyn carol
        cassandra cass cassie sandra
        catherine cathy kate katie cath kathy kitty cat
        cecilia celia
        charles charlie chuck chas
        charlotte charlie lottie
        chelsea
        chloe
        christian chris
        christina chris tina chrissy
        christine chris tina chrissie
        christopher chris kit topher
        claire clare
        clifford cliff
        connor conor
        cooper
        courtney
        craig
        curtis curt
        cynthia cindy
        damien damian
        daniel dan danny
        danielle dani
        darren
        david dave davey
        deborah deb debbie debra
        declan
        dennis denny
        diana di
        dominic dom nic
        donald don donnie
        dorothy dot dolly dottie
        douglas doug
        dylan
        edward ed eddie ned ted teddy
        edwin ed
        eleanor ellie nell nora
        elizabeth liz beth betty eliza lizzie betsy libby bess elisabeth
        eliza
        ella ellie
        ellen nell ellie
        emily em emmy
        emma em
        eric
        erin
        ethan
        eugene gene
        evelyn eve evie
        finn
        finlay fin
        florence flo
        frances fran francie
        francis frank
        franklin frank
        frederick fred freddie freddy rick
        gabriel gabe
        gabrielle gabby
        gemma jemma
        geoffrey geoff jeff jeffrey
        george
        georgia
        georgina georgie gina
        gerald gerry jerry
        gerard gerry
        gillian jill gill
        grace gracie
        graham graeme
        gregory greg
        gwendolyn gwen
        hannah hanna
        harold harry hal
        harrison harry
        harry
        hayden
        hayley haley hailey
        heather
        heidi
        helen nell
        henry harry hank hal
        herbert bert herb
        holly
        howard howie
        hugh hughie
        ian iain
        imogen immy
        isaac ike zac
        isabel bella izzy isobel
        isabella bella izzy
        isabelle bella izzy belle
        jack
        jackson jack
        jacob jake
        jacqueline jackie jacqui
        jake
        james jim jimmy jamie jem
        jamie
        jane janie
        janet jan
        janice jan
        jared
        jarrod jarod
        jasmine jas jaz jasmin
        jason jay
        jayden jaydon
        jennifer jen jenny jenn
        jeremy jem jerry
        jessica jess jessie
        jesse
        joan joanie
        joanna jo joanne
        joel
        john jack johnny jon
        jonathan jon jonty jonathon
        jordan
        joseph joe joey jo
        josephine jo josie
        joshua josh
        joyce
        judith judy jude
        julia julie
        julian jules
        juliet
        justin
        karen
        katherine kate katie kathy kat kath kitty katharine kathryn
        kathleen kathy kath
        kayla
        keith
        kenneth ken kenny
        kevin kev
        kimberley kim kimberly
        kirsten kirsty
        kristen kris kristin
        kyle
        lachlan lachie
        lara
        laura laurie
        lauren laurie
        lawrence larry laurie laurence
        leah lea
        leonard len lenny leo
        leslie les lesley
        lewis lew louis
        liam
        lillian lily lil lilian
        lily lilly
        linda lindy
        logan
        louis lou lewis
        louise lou
        lucas luke
        lucy lucia
        luke
        lydia
        lynette lyn
        mackenzie mack
        madeline maddie maddy madeleine
        madison maddie maddy
        malcolm mal
        marcus marc
        margaret maggie meg peggy marge madge greta
        maria
        marilyn
        marion
        mark marc
        martha
        martin marty
        mary molly polly mae
        matilda tilly mattie
        matthew matt matty mathew
        maurice
        maxwell max
        maximilian max
        megan meg meghan
        melanie mel
        melissa mel lissa
        melinda mel mindy
        mia
        michael mike mick mikey micky
        michelle shelly chelle
        mikayla michaela
        miles myles
        miranda mandy
        mitchell mitch
        molly
        monica
        nancy nan
        naomi
        natalie nat
        natasha tasha nat
        nathan nat nate nathaniel
        nathaniel nat nate nathan
        neil neal
        nicholas nick nic nicky nicolas
        nicole nicky nikki nic
        nigel
        noah
        nora norah
        norman norm
        oliver ollie
        olivia liv livvy
        oscar
        owen
        paige
        pamela pam
        patricia pat tricia trish patsy patty
        patrick pat paddy rick
        paul
        paula
        penelope penny
        peter pete
        philip phil phillip
        phoebe
        rachel rach rachael
        ralph
        raymond ray
        rebecca becky bec becca rebekah
        reginald reg reggie
        renee
        rhys reece
        richard rick dick richie ricky rich
        riley
        robert bob rob bobby robbie bert
        roberta bobbie
        roderick rod
        rodney rod
        roger
        roland
        ronald ron ronnie
        rose rosie
        rosemary rosie rose
        russell russ
        ruth
        ryan
        samantha sam sammy
        samuel sam sammy
        sandra sandy
        sarah sally sara sadie
        scarlett
        scott
        sean shaun shawn
        sebastian seb
        sharon shaz
        shirley
        sienna
        simon si
        sophia sophie sofia
        sophie
        spencer
        stanley stan
        stella
        stephanie steph
        stephen steve stevie steven
        stewart stew stuart
        susan sue susie
        susannah sue susie
        suzanne sue suzie
        sydney syd
        tara
        taylor
        terence terry
        teresa terry tess theresa
        thomas tom tommy
        timothy tim timmy
        tobias toby
        toby
        tracy tracey
        travis
        trevor trev
        tristan
        tyler ty
        tyson ty
        valerie val
        vanessa nessa
        veronica ronnie
        victor vic
        victoria vicky tori vic vicki
        vincent vince vin
        virginia ginny ginger
        walter walt wally
        warren
        wayne
        wendy
        william bill will billy willie liam
        winifred win winnie
        xavier
        yvonne
        zachary zach zac zack zak zachariah
        zoe
        """
}
