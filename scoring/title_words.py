"""The words of job titles in English, German, French and Spanish, as scoring.title_text.pattern reads them.

All are in plain form: lower case, without accents, ä as ae.
"""

NOT_HELD = """
former, formerly, ex, ex-*, excolaborador(a), exdirector(a), expresident(e), retired, emeritus, aspiring,
seeking, seeking *, looking for, open to work, unemployed, between jobs, past president, ehem, ehemals,
ehemalig, ehemalige, ehemaliger, ehemaliges, im ruhestand, rentner(in), arbeitssuchend, ancien, ancienne,
retraite(e), retraitee, en recherche d emploi, antiguo, antigua, jubilado, jubilada, en busca de,
desempleado, desempleada, previously, future
"""
"""What a person was, or would like to be, but is not."""

LEARNERS = """
intern, internship, trainee, apprentice, working student, graduate student, phd student, phd candidate,
praktikant(in), werkstudent(in), azubi, auszubildende, auszubildender, lehrling, volontaer(in),
studentische hilfskraft, umschueler(in), stagiaire, alternant(e), apprenti(e), en alternance, becario,
becaria, practicante, aprendiz, en practicas
"""
"""Who is learning a trade, whatever else the title says."""

STUDENTS = """
student(in), students, undergraduate, pupil, schueler(in), etudiant(e), estudiante
"""
"""Who studies, unless the title says more ('Director of Student Affairs')."""

HELPERS = """
assistant to, executive assistant, personal assistant, management assistant, administrative assistant,
office assistant, exec assistant, virtual assistant, ea to, pa to, secretary, secretaire, secretaria,
secretario, sekretaer(in), *sekretaerin, receptionist, aide to, executive secretary, assistent der,
assistent des, assistentin der, assistentin des, assistenz der, assistenz des, assistent von, assistentin
von, referent der, referent des, referentin der, referentin des, vorstandsassistent(in),
vorstandsassistenz, chefassistent(in), teamassistent(in), teamassistenz, direktionsassistent(in),
direktionsassistenz, management-assistenz, assistant(e) de direction, assistant(e) de gestion,
assistant(e) administratif, assistante administrative, assistant(e) du, assistant(e) de la direction,
assistant(e) de gerance, adjointe administrative, asistente de direccion, asistente de gerencia, asistente
del, asistente ejecutiva, asistente ejecutivo, asistente administrativa, asistente administrativo,
asistente personal, ayudante de direccion, assistenz gf, assistenz geschaeftsfuehrung
"""
"""Who keeps somebody else's calendar; the title often carries that person's title too."""

VP = """
vp, svp, evp, avp, rvp, gvp, vice president(e), vice presidenta, vice pres, vicepresident(e),
vicepresidenta, vice praesident(in), vize praesident(in), vizepraesident(in)
"""
"""Vice presidents, who are no presidents."""

PARTNERS = """
business partner, channel partner, people partner, talent partner, partner manager, partner marketing,
partner success, partner account, partner sales, partner development, partner relations, partner
operations, partner engineer, partner solutions, partner enablement, client partner
"""
"""Partners of whom nobody owns a part of the company."""

LEVELS: tuple[tuple[str, str, str], ...] = (
    (
        "c_level",
        """
        ceo, cfo, cio, cmo, coo, cto, cro, cso, cpo, cdo, cco, cao, cbo, cgo, clo, cvo, cxo, cko, cqo,
        chro, ciso, cdao, caio, cpto, cdio, c-level, c-suite, chief executive, owner, co-owner, coowner,
        founder, cofounder, co founder, proprietor, president, presidenta, presidente, managing director,
        managing partner, founding partner, general partner, equity partner, senior partner, chairman,
        chairwoman, chairperson, chair, entrepreneur, entrepreneuse, secretary general, general secretary,
        executive board, geschaeftsfuehrer(in), geschaeftsfuehrung, geschaeftsfuehrend,
        geschaeftsfuehrende, geschaeftsfuehrender, geschaftsfuhrer(in), geschaftsfuehrer(in),
        geschaeftsfuhrer(in), gf, geschaeftsleitung, geschaeftsleiter(in), vorstand, vorstands,
        vorstandsmitglied, vorstaendin, vorstandsvorsitz*, vorsitzende, vorsitzender, praesident(in),
        inhaber(in), *gruender(in), *gesellschafter(in), unternehmer(in), generaldirektor(in),
        generalsekretaer(in), pdg, p-dg, dg, dga, directeur general, directrice generale, fondateur,
        fondatrice, cofondateur, cofondatrice, gerant(e), cogerant(e), chef d entreprise, cheffe d
        entreprise, dirigeant(e), proprietaire, secretaire general(e), directoire, fundador(a),
        cofundador(a), director(a) general, consejero delegado, consejera delegada, gerente general,
        director(a) gerente, propietario, propietaria, dueno, duena, empresario, empresaria, socio
        fundador, socia fundadora, socio director, socia directora, administrador(a) unico, administradora
        unica, secretario general, secretaria general, director(a) ejecutivo, directora ejecutiva,
        *vorstand, managing direktor, vorstandssprecher(in), alleingeschaeftsfuehrer(in)
        """,
        f"""
        {PARTNERS},
        product owner, process owner, system owner, service owner, data owner, risk owner, release owner
        """,
    ),
    ("vp", VP, ""),
    (
        "director",
        """
        director(a), dir, directors, head, chief, partner, principal, general counsel, general manager, gen manager,
        gm, country manager, country head, treasurer, comptroller, board member, member of the board,
        company secretary, dean, superintendent, *leiter(in), leitung, *leitung, *direktor(in), direktion,
        prokurist(in), einkaufschef(in), finanzchef(in), marketingchef(in), personalchef(in),
        vertriebschef(in), verkaufschef(in), it chef(in), aufsichtsrat, aufsichtsraetin, chefarzt,
        chefaerztin, landesgeschaeftsstelle, syndikus, directeur, directrice, direction, daf, drh, dsi,
        dircom, associe(e), raf, subdirector(a), jefe, jefa, socio, socia, apoderado, apoderada,
        direccion, gerencia
        """,
        f"""
        {PARTNERS},
        *teamleiter(in), team-leiter(in), team leiter(in), *gruppenleiter(in), *projektleiter(in),
        projekt-leiter(in), *schichtleiter(in), *filialleiter(in), *marktleiter(in), *bauleiter(in),
        *produktionsgruppenleiter(in), *teamleitung, *projektleitung, *gruppenleitung, *schichtleitung,
        principal engineer, principal * engineer, principal consultant, principal * consultant, principal
        architect, principal * architect, principal scientist, principal * scientist, principal developer,
        principal * developer, principal analyst, principal designer, principal product manager, principal
        recruiter, jefe de proyecto(s), jefa de proyecto(s), jefe de equipo, jefa de equipo, jefe de
        turno, jefa de turno, jefe de producto, jefa de producto, jefe de obra
        """,
    ),
    (
        "manager",
        """
        manager(in), mgr, managerin, *manager(in), lead, leader, supervisor, foreman, controller(in), team
        leader, tl, project lead, scrum master, *teamleiter(in), team leiter(in), *gruppenleiter(in),
        *projektleiter(in), projekt leiter(in), *schichtleiter(in), *filialleiter(in), *marktleiter(in),
        *bauleiter(in), *teamleitung, *projektleitung, *gruppenleitung, *schichtleitung, *verantwortliche,
        *verantwortlicher, *beauftragte, *beauftragter, meister(in), responsable, resp, rssi, chef,
        cheffe, gestionnaire, superviseur, superviseuse, cadre, raq, gerente, gerenta, subgerente,
        coordinador(a), encargado, encargada, supervisor(a), jefe de, jefa de, teamlead, dpo, group leader
        """,
        """
        account manager(in), accountmanager(in), accounts manager, keyaccountmanager(in), lead generation,
        lead gen, lead qualification, office of, sous chef, gestionnaire de paie
        """,
    ),
    (
        "individual",
        """
        account manager(in), *accountmanager(in), analyst(in), analysts, *analyst(in), analista, analyste,
        specialist, *engineer, engineers, developer, developers, associate, assistant, assistante,
        assistent(in), *assistent(in), administrator(in), *administrator(in), consultant(e), consultor(a),
        representative, rep, executive, exec, coordinator, designer, designers, scientist, architect,
        accountant, bookkeeper, auditor(a), buyer, senior buyer, advisor, adviser, recruiter, product
        owner, process owner, officer, clerk, agent, programmer, tester, technician, generalist,
        strategist, writer, editor, copywriter, planner, trainer, lawyer, attorney, solicitor, paralegal,
        counsel, principal, staff, partner, sdr, bdr, ae, csm, freelancer, freelance, member of technical
        staff, operator, expert, evangelist, researcher, professional, payroll, salesperson, salesman,
        saleswoman, inspector, economist, nurse, teacher, *entwickler(in), *ingenieur(in), *ingenieure,
        *referent(in), *sachbearbeiter(in), sachbearbeitung, *mitarbeiter(in), *einkaeufer(in),
        *berater(in), *buchhalter(in), *kauffrau, *kaufmann, *informatiker(in), *techniker(in),
        *fachkraft, *spezialist(in), *koordinator(in), *disponent(in), *architekt(in), *anwalt,
        *anwaeltin, jurist(in), *verkaeufer(in), vertriebler(in), experte, expertin, charge de, chargee
        de, charge d affaires, chargee d affaires, acheteur, acheteuse, ingenieur(e), developpeur,
        developpeuse, technicien, technicienne, comptable, commercial(e), conseiller, conseillere,
        delegue(e), attache(e), juriste, avocat(e), vendeur, vendeuse, coordinateur, coordinatrice,
        controleur de gestion, controleuse de gestion, redacteur, redactrice, formateur, formatrice,
        employe(e), gestionnaire de paie, adjoint(e), tresorier, tresoriere, ingeniero, ingeniera,
        tecnico, tecnica, comprador(a), desarrollador(a), programador(a), comercial, contable,
        contador(a), abogado, abogada, asesor(a), ejecutivo, ejecutiva, administrativo, administrativa,
        administrador(a), auxiliar, asistente, especialista, vendedor(a), delegado, delegada, consejero,
        tesorero, tesorera, disenador(a), arquitecto, arquitecta, operario, angestellte, angestellter,
        konstrukteur(in), assistenz, *assistenz, justiziar(in)
        """,
        "",
    ),
)
"""Highest first: the level, its words, and words that look like it but are something else."""

FUNCTIONS: tuple[tuple[str, str], ...] = (
    (
        "legal",
        """
        legal, counsel, compliance, lawyer, attorney, solicitor, paralegal, privacy, data protection, dpo,
        company secretary, clo, contracts, jurist(in), juriste, juridique, juridico, juridica, recht,
        rechts*, *anwalt, *anwaeltin, justiziar(in), syndikus, datenschutz*, avocat(e), abogado, abogada,
        protection des donnees, proteccion de datos, cumplimiento, conformite, contract, grc
        """,
    ),
    (
        "procurement",
        """
        procurement, purchasing, purchase, sourcing, buyer, buying, category manager, vendor management,
        vendor manager, supplier, suppliers, *einkauf, einkaufs*, *einkaeufer(in), beschaffung*, achat,
        achats, acheteur, acheteuse, approvisionnement(s), compras, comprador(a), aprovisionamiento,
        abastecimiento
        """,
    ),
    (
        "finance",
        """
        cfo, finance, finances, financial, controller(in), comptroller, controlling, accounting,
        accountant, accounts payable, accounts receivable, bookkeeper, treasurer, treasury, payroll, tax,
        audit, auditor(a), fp&a, billing, budget, investor relations, finanz*, *buchhaltung,
        *buchhalter(in), rechnungswesen, steuern, kaufmaennische, kaufmaennischer, kaufmaennisch,
        revision, financier, financiere, comptable, comptabilite, controle de gestion, controleur de
        gestion, controleuse de gestion, tresorier, tresoriere, tresorerie, daf, raf, finanzas,
        financiero, financiera, contable, contador(a), contabilidad, tesorero, tesorera, tesoreria,
        administracion y finanzas, fiscal
        """,
    ),
    (
        "people",
        """
        chro, hr, human resources, human resource, people, talent, recruiter, recruiting, recruitment,
        hrbp, learning and development, learning & development, l&d, workforce, diversity, compensation,
        personal, personal*, ressources humaines, rh, drh, recrutement, recursos humanos, rrhh, seleccion,
        formation, paie, personalentwicklung, ausbildung
        """,
    ),
    (
        "security",
        """
        ciso, security, cybersecurity, cyber, infosec, *sicherheit, *sicherheits*, securite, seguridad,
        ciberseguridad, rssi, cybersecurite
        """,
    ),
    (
        "marketing",
        """
        cmo, *marketing, marketing*, brand, demand generation, demand gen, growth, content,
        communication(s), pr, public relations, seo, sem, social media, digital media, campaign,
        campaigns, advertising, crm, community, copywriter, press, *kommunikation, kommunikations*,
        oeffentlichkeitsarbeit, werbung, communication et marketing, mercadotecnia, mercadeo,
        comunicacion, publicidad, marca, dircom, presse, market research, abm
        """,
    ),
    (
        "sales",
        """
        cro, sales, presales, pre-sales, revenue, account executive, account manager(in),
        *accountmanager(in), business development, bdm, sdr, bdr, ae, salesperson, salesman, saleswoman,
        key account(s), channel, partnerships, alliances, commercial, commerciale, commerciaux, *vertrieb,
        vertriebs*, vertriebler(in), *verkaeufer(in), aussendienst*, geschaeftsentwicklung, vente, ventes,
        charge d affaires, chargee d affaires, vendeur, vendeuse, developpement commercial, grands
        comptes, ventas, comercial, vendedor(a), ejecutivo de cuentas, ejecutiva de cuentas, desarrollo de
        negocio, revops, rev operations, *verkauf*, territory
        """,
    ),
    (
        "it",
        """
        cio, it, i t, ict, information technology, information systems, information officer, system,
        systems, infrastructure, network, networks, helpdesk, service desk, erp, salesforce, sap,
        *informatik, *informatiker(in), edv, systemadministrator(in), netzwerk*, informatique, systemes d
        information, si, dsi, sistemas, informatica, informatico, ti, tecnologias de la informacion,
        redes, sysadmin, enterprise architect, digital workplace
        """,
    ),
    (
        "data",
        """
        data, analytics, business intelligence, bi, machine learning, ai, cdo, cdao, caio, daten,
        *analytik, donnees, datos, kuenstliche intelligenz, intelligence artificielle
        """,
    ),
    (
        "customer",
        """
        customer, customers, support, client, clients, csm, *kundendienst, kunden*, services,
        kundenservice, service client, relation client, atencion al cliente, servicio al cliente,
        clientes, soporte, cx, customer service, field service, service manager, service delivery, service
        engineer, service technician, servicetechniker(in), serviceleiter(in), after sales
        """,
    ),
    (
        "engineering",
        """
        cto, engineering, *engineer, engineers, developer, developers, software, technical, technology,
        architect, devops, sre, r&d, rd, research and development, research & development, programmer, qa,
        *technik, technisch, technische, technischer, entwicklung*, *entwickler(in), produktentwicklung,
        softwareentwicklung, konstruktion, forschung, *ingenieur(in), *techniker(in), technique,
        technologie(s), ingenieur(e), ingenierie, developpeur, developpeuse, developpement, recherche,
        technicien, technicienne, ingeniero, ingeniera, ingenieria, tecnologia, tecnico, tecnica,
        desarrollo, desarrollador(a), programador(a), i+d, architecte, konstrukteur(in), research
        """,
    ),
    (
        "product",
        """
        cpo, cpto, product, products, produkt, produkte, produktmanag*, produktdesign*, produit(s),
        producto(s), ux, ui
        """,
    ),
    (
        "operations",
        """
        coo, operation(s), ops, logistics, supply chain, manufacturing, production, plant, warehouse,
        quality, facilities, fulfillment, operating, betrieb, betriebs*, logistik*, produktion,
        produktions*, fertigung*, werk, werks, werkleiter(in), werksleiter(in), qualitaet*, lager*,
        lieferkette, operationen, logistique, exploitation, usine, qualite, achats logistique,
        operaciones, logistica, produccion, calidad, cadena de suministro, planta, almacen, process owner,
        qm, materialwirtschaft, disposition, maintenance, instandhaltung, mantenimiento
        """,
    ),
)
"""The first that a title names; the narrow ones come before the wide ones."""

SPELLED = """
account accountant accounting administrator analyst architect assistant associate chairman chief
compliance consultant controller coordinator counsel customer designer developer directeur director
directrice engineer engineering executive finance financial founder geschaeftsfuehrer geschaeftsfuehrerin
information ingenieur leiter leiterin logistics manager marketing operations president procurement product
purchasing recruiter representative responsable revenue scientist secretary security software specialist
supervisor support technical technology treasurer vertrieb vertriebsleiter
"""
"""Words whose misspellings are put right; those of the lists above are never taken for misspellings."""

REAL_WORDS = """
accounted accounts analyse associated chairs chef comptables consulting controle controllers council
counted customs developed directions directors directory executed fiance finances flounder formation
foundry generals hardware leichter leistung leite leiten letter liter logistic manage managed management
managers market marketer markets office officers offices operate operation operational operators
presidential presidents procure produce produced productive products rapport recruit recruiters recruits
resident residents revenues scientists secretariat secure secured softwares specialise specialists
specialties supporter supporters supporting supports technicals technologies technologist treasure
vertriebs
"""
"""Other words that one letter would make one of those."""

SHORT = {
    "asst": "assistant",
    "acct": "account",
    "coord": "coordinator",
    "dir": "director",
    "eng": "engineering",
    "exec": "executive",
    "mgmt": "management",
    "mgr": "manager",
    "mktg": "marketing",
    "ops": "operations",
    "pres": "president",
    "resp": "responsable",
    "snr": "senior",
    "sr": "senior",
    "svcs": "services",
}
"""How people abbreviate."""
